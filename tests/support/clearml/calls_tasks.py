"""Calls that read, make and edit tasks."""
import copy

import query
from envelope import ApiError
from registry import call
from state import iso, new_id

TYPES = ("training testing inference data_processing application monitor controller optimizer "
         "service qc custom report dataset").split()
PLAIN = ("name", "type", "comment", "parent", "project")
WHOLE = ("tags", "system_tags", "hyperparams", "configuration", "models", "container", "runtime",
         "report", "report_assets")
MERGED = ("execution", "script", "output")


# Reading.

@call("tasks.get_by_id")
def get_by_id(request):
    task = request.state.task(request.need("task"), write=False)
    return {"task": _as_of(request.version, query.project(task, request.get("only_fields"),
                                                           query.TASK))}


@call("tasks.get_all")
def get_all(request):
    state = request.state
    data = query.answer(state, request, query.find(state.tasks, request.body, query.TASK),
                        query.TASK, "tasks")
    data["tasks"] = [_as_of(request.version, t) for t in data["tasks"]]
    return data


@call("tasks.get_all_ex")
def get_all_ex(request):
    state = request.state
    fields = request.body.get("only_fields")
    if fields:
        request.body["only_fields"] = [f.partition(".")[0] if f.startswith(
            ("project.", "parent.", "user.", "company.")) else f for f in fields]
    data = get_all(request)
    data["tasks"] = [expanded(state, t, fields or ()) for t in data["tasks"]]
    return data


@call("tasks.get_by_id_ex")
def get_by_id_ex(request):
    request.need("id", list)
    return get_all_ex(request)


def _as_of(version, task):
    """Before 2.9 the parameters were flat."""
    if version >= (2, 9) or "hyperparams" not in task:
        return task
    flat = {"%s/%s" % (s, n): i["value"] for s, items in task["hyperparams"].items()
            for n, i in items.items()}
    return dict(task, execution=dict(task.get("execution", {}), parameters=flat))


def expanded(state, row, only_fields=()):
    """The row with its references as objects; what only_fields names of them is joined."""
    homes = {"project": state.projects, "parent": state.tasks, "company": {},
             "user": {k: {"name": v} for k, v in state.users.items()}}
    row = dict(row)
    for name, home in homes.items():
        if not row.get(name):
            continue
        joined = {"id": row[name]}
        for path in only_fields:
            if path.startswith(name + "."):
                value = query.value_at(home.get(row[name], {}), path.partition(".")[2])
                if value is not None:
                    joined[path.partition(".")[2]] = value
        if not only_fields and "name" in home.get(row[name], {}):
            joined["name"] = home[row[name]]["name"]
        row[name] = joined
    return row


@call("tasks.get_types")
def get_types(request):
    return {"types": sorted({t["type"] for t in request.state.tasks.values()})}


# Checking what is to be stored.

def checked_name(name):
    if not isinstance(name, str) or len(name.strip()) < 3:
        raise ApiError(400, 800, "name is too short", name=name)
    return name.strip()


def checked_params(sections):
    """Sections of parameters: section, name and value are text in every item."""
    if not isinstance(sections, dict):
        raise ApiError(400, 12, "sections are expected", field="hyperparams")
    clean = {}
    for section, items in sections.items():
        if not isinstance(items, dict):
            raise ApiError(400, 12, "a section of items is expected", section=section)
        for name, item in items.items():
            clean.setdefault(section.strip(), {})[name.strip()] = checked_param(item)
    return clean


def checked_param(item):
    if not isinstance(item, dict):
        raise ApiError(400, 12, "an item is expected", field="hyperparams")
    for key in ("section", "name", "value"):
        if not isinstance(item.get(key), str):
            raise ApiError(400, 800, "StringField only accepts string values", field=key,
                           name=item.get("name"))
    for key in ("type", "description"):
        if not isinstance(item.get(key), (str, type(None))):
            raise ApiError(400, 800, "StringField only accepts string values", field=key)
    keys = ("section", "name", "value", "type", "description")
    return {k: item[k] for k in keys if item.get(k) is not None}


def checked_configuration(items):
    if not isinstance(items, dict):
        raise ApiError(400, 12, "configuration objects are expected", field="configuration")
    return {name.strip(): checked_object(dict(item, name=item.get("name", name)))
            for name, item in items.items()}


def checked_object(item):
    for key in ("name", "value", "type", "description"):
        if not isinstance(item.get(key), str) and (key == "name" or item.get(key) is not None):
            raise ApiError(400, 800, "StringField only accepts string values", field=key)
    keys = ("name", "type", "description", "value")
    return {k: item[k] for k in keys if item.get(k) is not None}


def checked_tags(tags):
    if not isinstance(tags, list) or not all(isinstance(t, str) for t in tags):
        raise ApiError(400, 12, "a list of text is expected", field="tags")
    return sorted(set(tags))


CHECKS = {"name": checked_name, "hyperparams": checked_params, "tags": checked_tags,
          "configuration": checked_configuration, "system_tags": checked_tags}


def checked_fields(state, body):
    """Of a create or edit: the fields that a task has, each as it is to be stored."""
    fields = {}
    for key in PLAIN + WHOLE + MERGED:
        value = body.get(key)
        if value is None:
            continue
        if key in PLAIN and not isinstance(value, str):
            raise ApiError(400, 12, "text is expected", field=key)
        if key in MERGED + ("runtime", "container", "models") and not isinstance(value, dict):
            raise ApiError(400, 12, "an object is expected", field=key)
        fields[key] = CHECKS[key](value) if key in CHECKS else copy.deepcopy(value)
    if "models" in fields:
        fields["models"] = dict({"input": [], "output": []}, **fields["models"])
    if fields.get("type", "training") not in TYPES:
        raise ApiError(400, 12, "unknown type", type=fields["type"])
    if fields.get("parent"):
        state.task(fields["parent"], write=False)
    if fields.get("project"):
        state.project(fields["project"])
    return _without_legacy(fields)


def _without_legacy(fields):
    flat = fields.get("execution", {}).pop("parameters", None)
    for name, value in (flat or {}).items():
        fields.setdefault("hyperparams", {}).setdefault("Args", {})[name] = checked_param(
            {"section": "Args", "name": name, "value": value, "type": "legacy"})
    return fields


# Making.

def blank(state, user):
    now = iso()
    return {"id": new_id(), "name": "", "type": "training", "status": "created",
            "status_reason": "", "status_message": "", "status_changed": now, "user": user,
            "company": state.company, "comment": "", "tags": [], "system_tags": [],
            "created": now, "last_update": now, "last_change": now, "last_changed_by": user,
            "last_iteration": 0, "last_metrics": {}, "hyperparams": {}, "configuration": {},
            "execution": {"queue": None, "parameters": {}, "model_labels": {}, "framework": "",
                          "artifacts": []},
            "script": {"binary": "python", "repository": "", "tag": "", "branch": "",
                       "version_num": "", "entry_point": "", "working_dir": "",
                       "requirements": {}, "diff": ""},
            "container": {}, "models": {"input": [], "output": []},
            "output": {"destination": "", "result": "", "error": ""}, "runtime": {}}


def store(state, task):
    state.tasks[task["id"]] = task
    return task


def apply(task, fields):
    for key, value in fields.items():
        if key in MERGED:
            task[key].update(value)
        else:
            task[key] = value


@call("tasks.create")
def create(request):
    task = _made(request)
    store(request.state, task)
    return {"id": task["id"]}


@call("tasks.validate")
def validate(request):
    _made(request)
    return {}


def _made(request):
    request.need("name"), request.need("type")
    task = blank(request.state, request.user)
    apply(task, checked_fields(request.state, request.body))
    if request.get("output_dest"):
        task["output"]["destination"] = request.get("output_dest")
    return task


@call("tasks.clone", since="2.5")
def clone(request):
    state, body = request.state, request.body
    base = state.task(request.need("task"), write=False)
    task = copy.deepcopy(base)
    fresh = blank(state, request.user)
    for key in list(task):
        if key not in PLAIN + WHOLE + MERGED:
            del task[key]
    apply(task, {k: v for k, v in fresh.items() if k not in task})
    task["id"], task["runtime"], task["output"] = fresh["id"], {}, {
        "destination": base["output"].get("destination", ""), "result": "", "error": ""}
    task["system_tags"] = [t for t in base["system_tags"] if t not in ("development", "archived")]
    task["models"] = {"input": task["models"].get("input", []), "output": []}
    task["execution"].update(queue=None, artifacts=[
        a for a in task["execution"].get("artifacts", []) if a.get("mode") == "input"])
    task["parent"] = base.get("parent") or base["id"]
    data = _renewed(request, task, body)
    store(state, task)
    return dict({"id": task["id"]}, **data)


def _renewed(request, task, body):
    """Puts what a clone is to have of its own into the copy."""
    given = {k: body.get("new_task_" + k) for k in ("name", "comment", "tags", "system_tags",
             "parent", "project", "hyperparams", "configuration", "container")}
    given = {k: v for k, v in given.items() if v or (k == "comment" and v is not None)}
    if body.get("execution_overrides"):
        given["execution"] = body["execution_overrides"]
    fields = checked_fields(request.state, given)
    if "name" not in given:
        checked_name(task["name"])
    apply(task, fields)
    if body.get("new_task_input_models") is not None:
        task["models"]["input"] = body["new_task_input_models"]
    if body.get("new_project_name") and "project" not in given and request.version >= (2, 12):
        project = request.state.project_named(body["new_project_name"])
        task["project"] = project["id"]
        return {"new_project": {"id": project["id"], "name": project["name"]}}
    return {}


# Editing.

def editable(state, task, force):
    if task["status"] != "created" and not force:
        raise ApiError(400, 110, expected="created", status=task["status"])


def changed(state, request, task, fields):
    state.touch(task, request.user)
    fields = dict(fields, last_change=task["last_change"], last_update=task["last_update"],
                  last_changed_by=task["last_changed_by"])
    return {"updated": 1, "fields": fields}


@call("tasks.edit")
def edit(request):
    state = request.state
    task = state.task(request.need("task"))
    editable(state, task, request.get("force"))
    fields = checked_fields(state, request.body)
    status = request.get("status")
    if status:
        state.set_status(task, status, force=request.get("force"), user=request.user)
    if not fields and not status:
        return {"updated": 0, "fields": {}}
    apply(task, fields)
    return changed(state, request, task, fields)


@call("tasks.update")
def update(request):
    state = request.state
    task = state.task(request.need("task"))
    body = {k: v for k, v in request.body.items()
            if k in ("name", "tags", "system_tags", "comment", "project")}
    fields = checked_fields(state, body)
    for key in ("output__error", "created"):
        if request.get(key):
            fields[key] = request.get(key)
    apply(task, {k: v for k, v in fields.items() if "__" not in k})
    if "output__error" in fields:
        task["output"]["error"] = fields["output__error"]
    return changed(state, request, task, fields) if fields else {"updated": 0, "fields": {}}


@call("tasks.set_requirements")
def set_requirements(request):
    task = request.state.task(request.need("task"))
    task["script"]["requirements"] = request.need("requirements", dict)
    return changed(request.state, request, task, {"script.requirements": request.get(
        "requirements")})


@call("tasks.ping")
def ping(request):
    request.state.touch(request.state.task(request.need("task")), request.user)
    return {}


@call("tasks.move", since="2.12")
def move(request):
    state = request.state
    tasks = [state.task(i) for i in request.need("ids", list)]
    project = request.get("project")
    if project:
        state.project(project)
    elif request.get("project_name"):
        project = state.project_named(request.get("project_name"))["id"]
    else:
        raise ApiError(400, 12, "project or project_name is required")
    for task in tasks:
        task["project"] = project
        state.touch(task, request.user)
    return {"project_id": project}


@call("tasks.update_tags", since="2.27")
def update_tags(request):
    tasks = [request.state.task(i) for i in request.need("ids", list)]
    add, remove = set(request.get("add_tags", ())), set(request.get("remove_tags", ()))
    for task in tasks:
        task["tags"] = sorted((set(task["tags"]) | add) - remove)
    return {"updated": len(tasks)}
