"""What tests steer the stand-in by: /_test/faults, log, counts, state, act, options."""
import json
import time

from envelope import ApiError
from registry import Call, run
from state import OTHER, TRANSITIONS, iso, seconds_of

CALLED = {"delete": ("tasks.delete", {"force": True}), "reset": ("tasks.reset", {"force": True}),
          "dequeue": ("tasks.dequeue", {}), "publish": ("tasks.publish", {"force": True}),
          "stop": ("tasks.stop", {}), "stopped": ("tasks.stopped", {"force": True}),
          "enqueue": ("tasks.enqueue", {"force": True}),
          "failed": ("tasks.failed", {"force": True}),
          "completed": ("tasks.completed", {"force": True}),
          "edit": ("tasks.edit", {"force": True})}

NEED_TASK = set(CALLED) | {"archive", "set", "set_status", "set_last_update", "round_dates",
                           "make_public"}


def control(app, method, name, query, body):
    """The answer, an object for JSON, to a request for /_test/{name}."""
    if name == "faults":
        return _faults(app, method, body)
    if name == "log":
        if method == "DELETE":
            app.journal.clear()
        return app.journal.list(int(query.get("since", 0)), query.get("endpoint", "*"),
                                query.get("client", ""))
    if name == "counts":
        return app.journal.counts(int(query.get("since", 0)), query.get("client", ""))
    with app.state.lock:
        if name == "state":
            return _state(app, query)
        if name == "act" and method == "POST":
            return _act(app, body)
        if name == "options" and method == "POST":
            return _options(app, body)
    raise ApiError(404, 0, "unknown control", name=name)


def _faults(app, method, body):
    if method == "POST":
        rules = body.get("rules", [])
        try:
            app.faults.set(rules, body.get("add", False))
        except (ValueError, TypeError) as e:
            raise ApiError(400, 12, str(e))
    elif method == "DELETE":
        app.faults.set([])
    return {"rules": app.faults.list()}


def _state(app, query):
    state = app.state
    dump = {name: getattr(state, name) for name in ("tasks", "projects", "queues", "workers",
                                                    "models")}
    dump["events"] = {t: state.events.count(t) for t in state.tasks}
    dump["files"] = sorted(app.files)
    if query.get("events"):
        dump["events"] = {t: state.events.all(t) for t in state.tasks}
    return dump


def _options(app, body):
    if "bodies" in body:
        app.journal.bodies = bool(body["bodies"])
    if "token_seconds" in body:
        app.state.auth.max_token_s = body["token_seconds"]
    if "api_version" in body:
        app.state.auth.api_version = body["api_version"]
    return {}


def _act(app, body):
    """Does something as somebody else, or what no client could do."""
    action, state = body.get("action"), app.state
    rest = {k: v for k, v in body.items() if k not in ("action", "endpoint", "body")}
    if action == "call":
        return _call(app, body["endpoint"], body.get("body", {}))
    if action in CALLED:
        endpoint, more = CALLED[action]
        return _call(app, endpoint, dict(more, **rest))
    if action == "archive":
        return _call(app, "tasks.archive_many", {"ids": [body["task"]]})
    if action == "watchdog":
        return {"stopped": state.watchdog(body.get("older_than", 7200))}
    if action == "revoke_tokens":
        state.auth.revoke_all()
        return {}
    if action == "forget_workers":
        state.workers.clear()
        return {}
    return _act_on(state, action, state.tasks[body["task"]], body)


def act_now(app, rule, request_body):
    """Carries out the act of a rule just before a call; nothing if there is no such task."""
    with app.state.lock:
        act = dict(rule.get("act"))
        act["task"] = _chosen(app.state, act.get("task"), request_body)
        if act["task"] in app.state.tasks or act["action"] not in NEED_TASK:
            try:
                _act(app, act)
            except ApiError:
                pass


def _chosen(state, wanted, request_body):
    """The task that an act of a rule names: by id, or by what it is at that moment.

    $body: the one of the request; $created, $queued, $in_progress … : the oldest child of
    another task in that status; $child: the newest child.
    """
    if not isinstance(wanted, str) or not wanted.startswith("$"):
        return wanted
    if wanted == "$body":
        try:
            body = json.loads(request_body)
        except ValueError:
            return None
        return body.get("task") or (body.get("id") or body.get("ids") or [None])[0]
    children = [t for t in state.tasks.values() if t.get("parent")]
    if wanted == "$child":
        return children[-1]["id"] if children else None
    return next((t["id"] for t in children if t["status"] == wanted[1:]), None)


def _act_on(state, action, task, body):
    if action == "set":
        task.update(body["fields"])
    elif action == "set_status":
        if body["status"] not in TRANSITIONS:
            raise ApiError(400, 12, "unknown status")
        state.set_status(task, body["status"], body.get("status_reason", ""),
                         body.get("status_message", ""), True, OTHER)
    elif action == "set_last_update":
        task["last_update"] = iso(time.time() - body.get("seconds_ago", 7201))
    elif action == "round_dates":
        for name in ("created", "started", "completed", "last_update", "status_changed"):
            if task.get(name):
                task[name] = iso(int(seconds_of(task[name])))
    elif action == "make_public":
        task["company"] = ""
    else:
        raise ApiError(400, 12, "unknown action", action=action)
    return {"task": task}


def _call(app, endpoint, body):
    return run(Call(app.state, endpoint, body, user=OTHER, worker="somebody-else"))
