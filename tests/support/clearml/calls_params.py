"""Calls that edit parts of a task: parameters, configuration objects, artifacts, models."""
import time

from calls_tasks import checked_object, checked_param, editable
from envelope import ApiError
from registry import call
from state import iso


def _param_editable(task, sections, force):
    """A draft, a running task by force; the section `properties` at any time."""
    if sections <= {"properties"}:
        return
    allowed = ("created", "in_progress") if force else ("created",)
    if task["status"] not in allowed:
        raise ApiError(400, 110, expected=allowed, status=task["status"])


def _items(request, name):
    items = request.need(name, list)
    if not items or not all(isinstance(i, dict) for i in items):
        raise ApiError(400, 12, "at least one item is required", field=name)
    return items


@call("tasks.edit_hyper_params", since="2.9")
def edit_hyper_params(request):
    task = request.state.task(request.need("task"))
    items = [checked_param(i) for i in _items(request, "hyperparams")]
    sections = {i["section"].strip() for i in items}
    _param_editable(task, sections, request.get("force"))
    replace = request.get("replace_hyperparams", "none")
    if replace not in ("none", "section", "all"):
        raise ApiError(400, 12, "unknown mode", replace_hyperparams=replace)
    if replace == "all":
        task["hyperparams"] = {}
    elif replace == "section":
        for section in sections:
            task["hyperparams"].pop(section, None)
    for item in items:
        section, name = item["section"].strip(), item["name"].strip()
        task["hyperparams"].setdefault(section, {})[name] = item
    request.state.touch(task, request.user)
    return {"updated": 1}


@call("tasks.get_hyper_params", since="2.9")
def get_hyper_params(request):
    tasks = [request.state.tasks[i] for i in request.need("tasks", list)
             if i in request.state.tasks]
    return {"params": [{"task": t["id"], "hyperparams": [
        item for _, section in sorted(t["hyperparams"].items())
        for _, item in sorted(section.items())]} for t in tasks]}


@call("tasks.delete_hyper_params", since="2.9")
def delete_hyper_params(request):
    task = request.state.task(request.need("task"))
    items = _items(request, "hyperparams")
    _param_editable(task, {i.get("section") for i in items}, request.get("force"))
    for item in items:
        section = task["hyperparams"].get(item.get("section"), {})
        if item.get("name") is None:
            section.clear()
        section.pop(item.get("name"), None)
        if not section:
            task["hyperparams"].pop(item.get("section"), None)
    request.state.touch(task, request.user)
    return {"deleted": 1}


@call("tasks.edit_configuration", since="2.9")
def edit_configuration(request):
    task = request.state.task(request.need("task"))
    items = [checked_object(i) for i in _items(request, "configuration")]
    _param_editable(task, {None}, request.get("force"))
    if request.get("replace_configuration"):
        task["configuration"] = {}
    task["configuration"].update({i["name"].strip(): i for i in items})
    request.state.touch(task, request.user)
    return {"updated": 1}


@call("tasks.get_configurations", since="2.9")
def get_configurations(request):
    names = request.get("names")
    tasks = [request.state.tasks[i] for i in request.need("tasks", list)
             if i in request.state.tasks]
    return {"configurations": [{"task": t["id"], "configuration": [
        item for name, item in sorted(t["configuration"].items())
        if not names or name in names]} for t in tasks]}


@call("tasks.get_configuration_names", since="2.9")
def get_configuration_names(request):
    tasks = [request.state.tasks[i] for i in request.need("tasks", list)
             if i in request.state.tasks]
    return {"configurations": [{"task": t["id"], "names": sorted(t["configuration"])}
                               for t in tasks]}


@call("tasks.delete_configuration", since="2.9")
def delete_configuration(request):
    task = request.state.task(request.need("task"))
    _param_editable(task, {None}, request.get("force"))
    for name in request.need("configuration", list):
        task["configuration"].pop(name, None)
    request.state.touch(task, request.user)
    return {"deleted": 1}


# Artifacts and models.

def _unfinished(task):
    if task["status"] not in ("created", "in_progress"):
        raise ApiError(400, 110, expected=("created", "in_progress"), status=task["status"])


@call("tasks.add_or_update_artifacts", since="2.10")
def add_or_update_artifacts(request):
    task = request.state.task(request.need("task"))
    items = _items(request, "artifacts")
    for item in items:
        if not isinstance(item.get("key"), str) or not isinstance(item.get("type"), str):
            raise ApiError(400, 12, "key and type are required", field="artifacts")
    _unfinished(task)
    kept = {(a["key"], a.get("mode", "output")): a for a in task["execution"]["artifacts"]}
    for item in items:
        item = dict({"mode": "output", "timestamp": int(time.time())}, **item)
        kept[item["key"], item["mode"]] = item
    task["execution"]["artifacts"] = [kept[k] for k in sorted(kept)]
    request.state.touch(task, request.user)
    return {"updated": 1}


@call("tasks.delete_artifacts", since="2.10")
def delete_artifacts(request):
    task = request.state.task(request.need("task"))
    _unfinished(task)
    gone = {(a.get("key"), a.get("mode", "output")) for a in _items(request, "artifacts")}
    task["execution"]["artifacts"] = [a for a in task["execution"]["artifacts"]
                                      if (a["key"], a.get("mode", "output")) not in gone]
    request.state.touch(task, request.user)
    return {"deleted": 1}


@call("tasks.add_or_update_model", since="2.13")
def add_or_update_model(request):
    task = request.state.task(request.need("task"))
    name, kind, model = request.need("name"), request.need("type"), request.need("model")
    if kind not in ("input", "output"):
        raise ApiError(400, 12, "unknown type", type=kind)
    request.state.model(model)
    _unfinished(task)
    models = task["models"].setdefault(kind, [])
    models[:] = [m for m in models if m["name"] != name] + [
        {"name": name, "model": model, "updated": iso()}]
    request.state.touch(task, request.user)
    return {"updated": 1}


@call("tasks.delete_models", since="2.13")
def delete_models(request):
    task = request.state.task(request.need("task"))
    editable(request.state, task, True)
    for item in _items(request, "models"):
        models = task["models"].get(item.get("type"), [])
        models[:] = [m for m in models if m["name"] != item.get("name")]
    return {"updated": 1}
