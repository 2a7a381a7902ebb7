"""Calls about queues."""
import query
from calls_status import default_queue
from envelope import ApiError
from registry import call
from state import iso


def _queue(request):
    return request.state.queue(request.need("queue"))


def _find(request):
    body = request.body
    if body.get("name") or body.get("search_hidden"):
        body = dict(body, search_hidden=True)
    return query.find(request.state.queues, body, query.QUEUE)


@call("queues.create")
def create(request):
    queue = request.state.add_queue(request.need("name"), request.get("tags", []),
                                    request.get("system_tags", []))
    queue["metadata"] = request.get("metadata", {})
    return {"id": queue["id"]}


@call("queues.get_all")
def get_all(request):
    return query.answer(request.state, request, _find(request), query.QUEUE, "queues")


@call("queues.get_all_ex")
def get_all_ex(request):
    state = request.state
    state.forget_dead_workers()
    data = get_all(request)
    data["queues"] = [_expanded(state, q) for q in data["queues"]]
    return data


def _expanded(state, queue):
    queue = dict(queue)
    if "entries" in queue:
        queue["entries"] = [{"task": {"id": e["task"], "name": state.tasks[e["task"]]["name"]},
                             "added": e["added"]} for e in queue["entries"]
                            if e["task"] in state.tasks]
    workers = [w for w in state.workers.values() if queue.get("id") in w["queues"]]
    queue["workers"] = [{"name": w["id"], "ip": w["ip"], "key": w["key"],
                         "task": {"id": w["task"]} if w["task"] else None} for w in workers]
    return queue


@call("queues.get_by_id")
def get_by_id(request):
    queue, most = _queue(request), request.get("max_task_entries")
    if most:
        queue = dict(queue, entries=queue["entries"][:most])
    return {"queue": queue}


@call("queues.get_default")
def get_default(request):
    queue = default_queue(request.state)
    return {"id": queue["id"], "name": queue["name"]}


@call("queues.update")
def update(request):
    queue = _queue(request)
    fields = {k: request.body[k] for k in ("name", "display_name", "tags", "system_tags")
              if request.get(k) is not None}
    queue.update(fields, last_update=iso())
    return {"updated": 1, "fields": fields}


@call("queues.delete")
def delete(request):
    queue = _queue(request)
    if queue["entries"] and not request.get("force"):
        raise ApiError(400, 702, id=queue["id"])
    del request.state.queues[queue["id"]]
    return {"deleted": 1}


# Entries.

@call("queues.get_next_task")
def get_next_task(request):
    """Pops the first entry. Only a stopped task changes its status by that."""
    state, queue = request.state, _queue(request)
    if not queue["entries"]:
        return {}
    entry = queue["entries"].pop(0)
    queue["last_update"] = iso()
    task = state.tasks.get(entry["task"])
    if task and task["status"] == "stopped":
        state.set_status(task, "queued", force=True)
    data = {"entry": entry}
    if request.get("get_task_info") and task:
        data["task_info"] = {"company": task["company"], "user": task["user"]}
    return data


@call("queues.add_task")
def add_task(request):
    queue, task = _queue(request), request.state.task(request.need("task"))
    if any(e["task"] == task["id"] for e in queue["entries"]):
        raise ApiError(400, 706, task=task["id"], queue=queue["id"])
    queue["entries"].append({"task": task["id"], "added": iso()})
    queue["last_update"] = iso()
    return {"added": 1}


def _entry(request):
    queue, task = _queue(request), request.need("task")
    for at, entry in enumerate(queue["entries"]):
        if entry["task"] == task:
            return queue, at
    raise ApiError(400, 703, task=task, queue=queue["id"])


@call("queues.remove_task")
def remove_task(request):
    queue, at = _entry(request)
    task = request.state.tasks.get(queue["entries"].pop(at)["task"])
    if task and request.get("update_task_status") and request.version >= (2, 31):
        request.state.set_status(task, task.get("enqueue_status") or "created", force=True)
    return {"removed": 1}


def _move(name, place):
    @call("queues.move_task_" + name)
    def move(request):
        queue, at = _entry(request)
        entries = queue["entries"]
        entry = entries.pop(at)
        to = max(0, min(place(at, request.get("count", 1), len(entries)), len(entries)))
        entries.insert(to, entry)
        return {"position": to}


_move("forward", lambda at, count, n: at - count)
_move("backward", lambda at, count, n: at + count)
_move("to_front", lambda at, count, n: 0)
_move("to_back", lambda at, count, n: n)


@call("queues.get_num_entries", since="2.15")
def get_num_entries(request):
    return {"num": len(_queue(request)["entries"])}


@call("queues.peek_task", since="2.15")
def peek_task(request):
    entries = _queue(request)["entries"]
    return {"task": entries[0]["task"]} if entries else {}


@call("queues.clear_queue")
def clear_queue(request):
    queue = _queue(request)
    removed = [e["task"] for e in queue["entries"]]
    queue["entries"] = []
    for task in (request.state.tasks.get(i) for i in removed):
        if task:
            request.state.set_status(task, task.get("enqueue_status") or "created", force=True)
    return {"removed_tasks": removed}
