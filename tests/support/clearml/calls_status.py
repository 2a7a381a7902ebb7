"""Calls that move a task from status to status, or remove it."""
from calls_tasks import blank
from envelope import ApiError
from registry import call


def _moved(request, task, status, **extra):
    """Sets the status with what every status call is told; the common answer."""
    fields = request.state.set_status(
        task, status, request.get("status_reason", ""), request.get("status_message", ""),
        request.get("force", False), request.user, **extra)
    return {"updated": 1, "fields": fields}


def _task(request):
    return request.state.task(request.need("task"))


# Queued and back.

@call("tasks.enqueue")
def enqueue(request):
    return enqueue_task(request, _task(request))


def enqueue_task(request, task):
    state = request.state
    queue = _queue_of(request)
    watched = _watched(state, queue) if request.get("verify_watched_queue") else None
    if any(e["task"] == task["id"] for e in queue["entries"]):
        raise ApiError(400, 706, task=task["id"], queue=queue["id"])
    before = task["status"]
    data = _moved(request, task, "queued", **{"execution.queue": queue["id"]})
    if before != "queued":
        task["enqueue_status"] = before
    state.unqueue(task["id"])
    queue["entries"].append({"task": task["id"], "added": task["last_update"]})
    queue["last_update"] = task["last_update"]
    task["execution"]["queue"] = queue["id"]
    task["system_tags"] = [t for t in task["system_tags"] if t != "development"]
    if watched is not None and request.version >= (2, 22):
        data["queue_watched"] = watched
    return dict({"queued": 1}, **data)


def _queue_of(request):
    """The queue by id, by name (made if it is missing), or the default one."""
    state = request.state
    queue = request.get("queue")
    name = request.get("queue_name") if request.version >= (2, 19) else None
    if queue and name:
        raise ApiError(400, 12, "queue and queue_name exclude each other")
    if queue:
        return state.queue(queue)
    if name:
        found = [q for q in state.queues.values() if q["name"] == name]
        return found[0] if found else state.add_queue(name)
    return default_queue(state)


def default_queue(state):
    found = [q for q in state.queues.values() if "default" in q["tags"] + q["system_tags"]]
    if not found:
        raise ApiError(400, 707)
    if len(found) > 1:
        raise ApiError(400, 708)
    return found[0]


def _watched(state, queue):
    state.forget_dead_workers()
    return any(queue["id"] in w["queues"] for w in state.workers.values())


@call("tasks.dequeue")
def dequeue(request):
    return dequeue_task(request, _task(request))


def dequeue_task(request, task):
    """A queued or running task goes back to what it was before it was queued."""
    state = request.state
    if task["status"] not in ("queued", "in_progress"):
        if request.version < (2, 20):
            raise ApiError(400, 101, "task is not queued", id=task["id"])
        state.unqueue(task["id"])
        return {"dequeued": 1, "updated": 0, "fields": {}}
    extra = {"execution.queue": None} if state.unqueue(task["id"]) else {}
    status = request.get("new_status") if request.version >= (2, 26) else None
    status = status or task.get("enqueue_status") or "created"
    task.pop("enqueue_status", None)
    fields = state.set_status(task, status, request.get("status_reason", ""),
                              request.get("status_message", ""), True, request.user, **extra)
    if extra:
        task["execution"]["queue"] = None
    return {"dequeued": 1, "updated": 1, "fields": fields}


# Running and ended.

@call("tasks.started")
def started(request):
    return dict({"started": 1}, **_moved(request, _task(request), "in_progress"))


@call("tasks.stop")
def stop(request):
    return stop_task(request, _task(request))


def stop_task(request, task):
    """A polite request where an agent is alive, else the end at once."""
    state = request.state
    if task["status"] not in ("queued", "in_progress", "stopped", "closed", "failed") \
            and not request.get("force"):
        raise ApiError(400, 110, expected=("queued", "in_progress"), status=task["status"])
    if task["status"] == "in_progress" and "development" not in task["system_tags"] \
            and state.has_live_worker(task):
        fields = state.set_status(task, "in_progress", request.get("status_reason", ""),
                                  "stopping", True, request.user)
    else:
        state.unqueue(task["id"])
        message = "Stopped by %s" % state.users.get(request.user, request.user)
        fields = state.set_status(task, "stopped", request.get("status_reason", ""), message,
                                  request.get("force", False), request.user)
    return {"updated": 1, "fields": fields}


@call("tasks.stopped")
def stopped(request):
    task = _task(request)
    data = _moved(request, task, "stopped")
    request.state.unqueue(task["id"])
    return data


@call("tasks.completed")
def completed(request):
    task = _task(request)
    data = _moved(request, task, "completed")
    if request.get("publish") and request.version >= (2, 20):
        data["published"] = _publish(request, task)["published"]
    return data


@call("tasks.failed")
def failed(request):
    return _moved(request, _task(request), "failed")


@call("tasks.close")
def close(request):
    return _moved(request, _task(request), "closed")


@call("tasks.publish")
def publish(request):
    return _publish(request, _task(request))


def _publish(request, task):
    data = _moved(request, task, "published")
    if request.get("publish_model", True):
        for item in task["models"].get("output", [])[-1:]:
            if item["model"] in request.state.models:
                request.state.models[item["model"]]["ready"] = True
    return dict({"published": 1}, **data)


# Back to the start, away, and gone.

@call("tasks.reset")
def reset(request):
    return reset_task(request, _task(request))


def reset_task(request, task):
    state = request.state
    if task["status"] in ("published", "publishing") and not request.get("force"):
        raise ApiError(400, 110, status=task["status"])
    state.unqueue(task["id"])
    state.events.delete(task["id"])
    deleted = [m["model"] for m in task["models"].get("output", [])]
    if request.get("delete_output_models", True):
        for model in deleted:
            state.models.pop(model, None)
    fresh = blank(state, task["user"])
    for name in ("started", "completed", "published", "last_worker", "last_worker_report",
                 "active_duration", "enqueue_status"):
        task.pop(name, None)
    for name in ("last_metrics", "last_iteration", "runtime"):
        task[name] = fresh[name]
    task["output"].update(result="", error="")
    task["models"]["output"] = []
    task["execution"].update(queue=None, artifacts=[
        a for a in task["execution"]["artifacts"] if a.get("mode") == "input"])
    if request.get("clear_all"):
        task.update(script=fresh["script"], execution=fresh["execution"])
    fields = state.set_status(task, "created", request.get("status_reason", "reset"),
                              request.get("status_message", ""), True, request.user)
    return {"updated": 1, "fields": fields, "dequeued": {}, "deleted_models": len(deleted),
            "urls": None}


@call("tasks.delete")
def delete(request):
    return delete_task(request, _task(request))


def delete_task(request, task):
    state = request.state
    if not request.get("force"):
        if task["status"] != "created" and "archived" not in task["system_tags"]:
            raise ApiError(400, 123, "task is not a draft and not archived", status=task["status"])
        if any(t.get("parent") == task["id"] and t["status"] == "published"
               for t in state.tasks.values()):
            raise ApiError(400, 123, "task has published children")
    models = [m["model"] for m in task["models"].get("output", [])]
    for model in models:
        state.models.pop(model, None)
    children = state.delete_task(task)
    return {"deleted": True, "updated_children": children, "updated_models": 0,
            "deleted_models": len(models), "urls": None}


def archive_task(request, task):
    """Hides a task; one that is queued is dequeued, one that runs is stopped."""
    state = request.state
    if task["status"] == "queued":
        dequeue_task(request, task)
    elif task["status"] == "in_progress":
        state.set_status(task, "stopped", request.get("status_reason", ""),
                         request.get("status_message", ""), True, request.user)
    task["system_tags"] = sorted(set(task["system_tags"]) | {"archived"})
    state.touch(task, request.user, update=False)
    return {"archived": True}


def unarchive_task(request, task):
    task["system_tags"] = [t for t in task["system_tags"] if t != "archived"]
    request.state.touch(task, request.user, update=False)
    return {"unarchived": True}


@call("tasks.archive", since="2.12")
def archive(request):
    tasks = [request.state.task(i) for i in request.need("tasks", list)]
    return {"archived": sum(archive_task(request, t)["archived"] for t in tasks)}


# Many at once: 200 with the failures inside.

def _many(name, function):
    @call(name, since="2.13")
    def many(request):
        succeeded, failures = [], []
        for task_id in request.need("ids", list):
            try:
                data = function(request, request.state.task(task_id))
                succeeded.append(dict({"id": task_id}, **data))
            except ApiError as e:
                failures.append({"id": task_id, "error": {
                    "codes": [e.code, e.subcode], "msg": str(e), "data": {}}})
        return {"succeeded": succeeded, "failed": failures}


_many("tasks.archive_many", archive_task)
_many("tasks.unarchive_many", unarchive_task)
_many("tasks.delete_many", delete_task)
_many("tasks.enqueue_many", enqueue_task)
_many("tasks.dequeue_many", dequeue_task)
_many("tasks.reset_many", reset_task)
_many("tasks.stop_many", stop_task)
_many("tasks.publish_many", _publish)
