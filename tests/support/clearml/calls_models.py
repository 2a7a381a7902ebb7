"""Calls about models, as far as the clients of a task need them."""
import query
from envelope import ApiError
from registry import call
from state import iso, new_id


@call("models.create")
def create(request):
    state = request.state
    model = {"id": new_id(), "name": request.need("name"), "uri": request.need("uri"),
             "user": request.user, "company": state.company, "created": iso(),
             "last_update": iso(), "comment": "", "tags": [], "system_tags": [], "labels": {},
             "design": {}, "framework": "", "ready": False, "metadata": {}}
    _fill(request, model)
    state.models[model["id"]] = model
    return {"id": model["id"], "created": True}


def _fill(request, model):
    fields = {k: request.body[k] for k in ("name", "uri", "comment", "tags", "system_tags",
              "labels", "design", "framework", "ready", "metadata", "project", "task", "parent")
              if request.get(k) is not None}
    if isinstance(fields.get("metadata"), list):
        fields["metadata"] = {m["key"]: m for m in fields["metadata"]}
    model.update(fields, last_update=iso())
    return {"updated": 1, "fields": fields}


@call("models.get_by_id")
def get_by_id(request):
    return {"model": request.state.model(request.need("model"))}


@call("models.get_all")
@call("models.get_all_ex")
def get_all(request):
    rows = query.find(request.state.models, request.body, query.MODEL)
    return query.answer(request.state, request, rows, query.MODEL, "models")


@call("models.edit")
@call("models.update")
def edit(request):
    return _fill(request, request.state.model(request.need("model")))


@call("models.update_for_task")
def update_for_task(request):
    """Makes or refreshes the output model of a running task."""
    state = request.state
    task = state.task(request.need("task"))
    uri = request.get("uri")
    override = request.get("override_model_id")
    if not uri and not override:
        raise ApiError(400, 12, "uri or override_model_id is required")
    model_id = override
    if not override:
        request.body.setdefault("name", task["name"])
        request.body.setdefault("project", task.get("project"))
        model_id = create(request)["id"]
    name = state.models[model_id]["name"]
    task["models"]["output"] = [m for m in task["models"]["output"] if m["name"] != name] + [
        {"name": name, "model": model_id, "updated": iso()}]
    state.touch(task, request.user)
    return {"id": model_id, "created": not override, "updated": 1}


@call("models.set_ready")
def set_ready(request):
    model = request.state.model(request.need("model"))
    model["ready"] = True
    return {"updated": 1, "published_task": {}}


@call("models.add_or_update_metadata")
def add_or_update_metadata(request):
    model = request.state.model(request.need("model"))
    if request.get("replace_metadata"):
        model["metadata"] = {}
    model["metadata"].update({m["key"]: m for m in request.get("metadata", [])})
    return {"updated": 1}


@call("models.delete")
def delete(request):
    model = request.state.model(request.need("model"))
    del request.state.models[model["id"]]
    return {"deleted": True, "url": model["uri"]}


def _many(name, change):
    @call("models." + name, since="2.13")
    def many(request):
        known = [i for i in request.need("ids", list) if i in request.state.models]
        for model_id in known:
            change(request.state.models[model_id])
        return {"succeeded": [{"id": i} for i in known],
                "failed": [{"id": i, "error": {"codes": [400, 201], "msg": "", "data": {}}}
                           for i in request.get("ids") if i not in known]}


def _archive(model):
    model["system_tags"] = sorted(set(model["system_tags"]) | {"archived"})


def _unarchive(model):
    model["system_tags"] = [t for t in model["system_tags"] if t != "archived"]


_many("archive_many", _archive)
_many("unarchive_many", _unarchive)
