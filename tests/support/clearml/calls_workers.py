"""Calls about workers: they appear by reporting, and go when they fall silent."""
import re
import time

from envelope import ApiError
from registry import call
from state import iso, seconds_of

DEFAULT_TIMEOUT_S = 600


def _worker(request, timeout=DEFAULT_TIMEOUT_S):
    state, name = request.state, request.need("worker")
    if name not in state.workers:
        state.workers[name] = {
            "id": name, "key": "worker_%s_%s_%s" % (state.company, request.user, name),
            "user": request.user, "company": state.company, "ip": request.address,
            "register_time": iso(), "timeout": timeout, "queues": [], "queue": None,
            "task": None, "tags": [], "system_tags": [], "machine_stats": {}}
    worker = state.workers[name]
    worker["reported"] = time.time()
    worker["last_activity_time"] = worker["last_report_time"] = iso()
    return worker


@call("workers.register")
def register(request):
    for queue in request.get("queues", []):
        request.state.queue(queue)
    timeout = request.get("timeout", DEFAULT_TIMEOUT_S)
    if not isinstance(timeout, int) or timeout <= 0:
        raise ApiError(400, 12, "bad timeout", timeout=timeout)
    worker = _worker(request, timeout)
    worker.update(timeout=timeout, queues=list(request.get("queues", [])),
                  tags=request.get("tags", []))
    return {}


@call("workers.unregister")
def unregister(request):
    if request.state.workers.pop(request.need("worker"), None) is None:
        raise ApiError(400, 1001, worker=request.get("worker"))
    return {}


@call("workers.status_report")
def status_report(request):
    state = request.state
    request.need("timestamp", int)
    task = state.task(request.get("task")) if request.get("task") else None
    worker = _worker(request)
    if request.get("queues"):
        worker["queues"] = list(request.get("queues"))
    for name in ("tags", "machine_stats"):
        if request.get(name) is not None:
            worker[name] = request.get(name)
    worker["task"] = task["id"] if task else None
    worker["queue"] = request.get("queue") if task else None
    if task:
        state.touch(task, request.user)
        task["last_worker"] = worker["id"]
        task["last_worker_report"] = task["last_update"]
    return {}


@call("workers.get_all")
def get_all(request):
    return {"workers": [_shown(request.state, w) for w in _seen(request)]}


@call("workers.get_count")
def get_count(request):
    return {"count": len(_seen(request))}


def _seen(request):
    state = request.state
    state.forget_dead_workers()
    last_seen = request.get("last_seen", 3600)
    pattern = request.get("worker_pattern")
    tags = set(request.get("tags", []))
    limit = time.time() - last_seen if last_seen else 0
    return [w for w in state.workers.values() if w["reported"] >= limit
            and tags <= set(w["tags"])
            and (not pattern or re.match(pattern.replace("*", ".*") + "$", w["id"]))]


def _shown(state, worker):
    keys = ("id key user company ip register_time last_activity_time last_report_time tags "
            "system_tags").split()
    shown = {k: worker[k] for k in keys}
    shown["user"] = {"id": worker["user"], "name": state.users.get(worker["user"], "")}
    shown["company"] = {"id": worker["company"], "name": "hpo"}
    shown["queues"] = [_queue_of(state, q) for q in worker["queues"] if q in state.queues]
    if worker["queue"] in state.queues:
        shown["queue"] = _queue_of(state, worker["queue"])
    task = state.tasks.get(worker["task"])
    if task:
        running = time.time() - seconds_of(task.get("started") or task["created"])
        shown["task"] = {"id": task["id"], "name": task["name"],
                         "running_time": int(running * 1000),
                         "last_iteration": task["last_iteration"]}
        project = state.projects.get(task.get("project"))
        if project:
            shown["project"] = {"id": project["id"], "name": project["name"]}
    return shown


def _queue_of(state, queue_id):
    queue = state.queues[queue_id]
    first = queue["entries"][0]["task"] if queue["entries"] else None
    task = state.tasks.get(first)
    return {"id": queue["id"], "name": queue["name"], "display_name": queue["display_name"],
            "num_tasks": len(queue["entries"]),
            "next_task": {"id": first, "name": task["name"]} if task else None}
