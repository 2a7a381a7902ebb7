"""Calls about projects."""
import query
from calls_tasks import checked_tags, expanded
from envelope import ApiError
from registry import call
from state import iso, normal_path


@call("projects.create")
def create(request):
    if not request.get("name"):
        raise ApiError(400, 11, "name")
    state = request.state
    name = normal_path(request.need("name"))
    if any(p["name"] == name for p in state.projects.values()):
        raise ApiError(400, 801, "project", name=name)
    own = {"description": request.get("description", ""),
           "tags": checked_tags(request.get("tags", [])),
           "system_tags": checked_tags(request.get("system_tags", [])),
           "default_output_destination": request.get("default_output_destination")}
    return {"id": state.project_named(name, own)["id"]}


@call("projects.get_all")
def get_all(request):
    rows = query.find(request.state.projects, request.body, query.PROJECT)
    if request.get("shallow_search"):
        rows = [r for r in rows if not r.get("parent")]
    return query.answer(request.state, request, rows, query.PROJECT, "projects")


@call("projects.get_all_ex")
def get_all_ex(request):
    state = request.state
    data = get_all(request)
    data["projects"] = [expanded(state, dict(p), request.get("only_fields", ()))
                        for p in data["projects"]]
    if request.get("include_stats"):
        for project in data["projects"]:
            project["stats"] = _stats(state, project["id"])
    return data


def _stats(state, project_id):
    counts = {}
    for task in state.tasks.values():
        if task.get("project") == project_id:
            counts[task["status"]] = counts.get(task["status"], 0) + 1
    return {"active": {"status_count": counts, "total_tasks": sum(counts.values())}}


@call("projects.get_by_id")
def get_by_id(request):
    return {"project": request.state.project(request.need("project"))}


@call("projects.get_task_parents")
def get_task_parents(request):
    state = request.state
    ids = {t.get("parent") for t in state.tasks.values()}
    return {"parents": [{"id": i, "name": state.tasks[i]["name"]} for i in ids if i in state.tasks]}


@call("projects.update")
def update(request):
    project = request.state.project(request.need("project"))
    fields = {k: request.body[k] for k in ("description", "tags", "system_tags",
              "default_output_destination") if request.get(k) is not None}
    if request.get("name"):
        path = project["name"].rpartition("/")[0]
        fields["basename"] = request.get("name").rpartition("/")[2]
        fields["name"] = "/".join(filter(None, (path, fields["basename"])))
    project.update(fields, last_update=iso())
    return {"updated": 1, "fields": fields}


@call("projects.validate_delete", since="2.14")
def validate_delete(request):
    project = request.state.project(request.need("project"))
    tasks = [t for t in request.state.tasks.values() if t.get("project") == project["id"]]
    live = [t for t in tasks if "archived" not in t["system_tags"]]
    return {"tasks": len(tasks), "non_archived_tasks": len(live), "models": 0,
            "non_archived_models": 0}


@call("projects.delete")
def delete(request):
    state = request.state
    project = state.project(request.need("project"))
    tasks = [t for t in state.tasks.values() if t.get("project") == project["id"]]
    if tasks and not request.get("force"):
        raise ApiError(400, 402, id=project["id"])
    for task in tasks:
        if request.get("delete_contents"):
            state.delete_task(task)
        else:
            del task["project"]
    del state.projects[project["id"]]
    deleted = len(tasks) if request.get("delete_contents") else 0
    return {"deleted": 1, "disassociated_tasks": len(tasks) - deleted, "deleted_tasks": deleted,
            "deleted_models": 0, "urls": {}}
