"""Calls that take in events and show them: curves, plots, logs."""
import json
import numbers

from envelope import ApiError
from eventstore import SCALAR, SINGLE_VALUE, TYPES, curve, event_id, now_ms, wanted
from registry import call
from state import iso, new_id

LEVELS = "notset debug verbose info warn warning error fatal critical".split()
NEEDED = {SCALAR: ("value", numbers.Real), "plot": ("plot_str", str), "log": ("msg", str)}


# Taking in.

@call("events.add")
def add(request):
    data = _added(request, [request.body])
    return {"added": data["added"], "errors": data["errors"], "errors_info": data["errors_info"]}


@call("events.add_batch")
def add_batch(request):
    if not request.items:
        raise ApiError(400, 17)
    return _added(request, request.items)


def _added(request, events):
    good, errors = {}, {}
    for event in events:
        problem = _problem(request.state, event)
        if problem:
            errors[problem] = errors.get(problem, 0) + 1
        else:
            good.setdefault(event["task"], []).append(_normal(event, request.worker))
    for task_id, batch in good.items():
        _keep(request, request.state.tasks[task_id], batch)
    added = sum(len(batch) for batch in good.values())
    if not added:
        raise ApiError(400, 131, "; ".join(errors))
    return {"added": added, "errors": sum(errors.values()), "errors_info": errors}


def _problem(state, event):
    """Why an event can not be added, or None."""
    if not isinstance(event, dict) or not isinstance(event.get("task"), str):
        return "Event must have a task id"
    kind = event.get("type")
    if kind not in TYPES:
        return "Invalid event type %s" % kind
    task = state.tasks.get(event["task"])
    if task is None or not task["company"]:
        return "Invalid task id %s" % event["task"]
    if task["status"] in ("publishing", "published") and not event.get("allow_locked"):
        return "Task is published %s" % event["task"]
    name, of = NEEDED.get(kind, (None, None))
    if name and (not isinstance(event.get(name), of) or isinstance(event[name], bool)):
        return "Field %s of type %s is expected" % (name, of.__name__)
    if not isinstance(event.get("iter", 0), (int, type(None))):
        return "Iteration must be an integer"
    if kind == "plot" and not event.get("skip_validation"):
        return _plot_problem(event["plot_str"])
    return None


def _plot_problem(text):
    try:
        json.loads(text)
    except ValueError:
        return "Invalid plot: plot_str is not json"
    return None


def _normal(event, worker):
    event = {k: v for k, v in event.items() if k not in ("allow_locked", "model_event")}
    for name in ("metric", "variant"):
        event[name] = str(event.get(name) or "")
    if event.get("timestamp") is None:
        event["timestamp"] = now_ms()
    event["timestamp"] = int(event["timestamp"])
    event["@timestamp"] = iso()
    if not event.get("worker"):
        event["worker"] = worker
    if event["type"] != "log":
        event["iter"] = event.get("iter") or 0
    elif "level" in event:
        event["level"] = str(event["level"]).lower()
    return event


def _keep(request, task, batch):
    for event in batch:
        request.state.events.add(event)
    request.state.events.update_task(task, batch)
    request.state.touch(task, request.user)


@call("events.delete_for_task")
def delete_for_task(request):
    task = request.state.task(request.need("task"))
    return {"deleted": request.state.events.delete(task["id"])}


# Curves and values.

def _task_id(request, name="task"):
    return request.state.task(request.need(name), write=False)["id"]


def _samples(request):
    samples = request.get("samples", 2000)
    if not isinstance(samples, int) or not 1 <= samples <= 6000:
        raise ApiError(400, 12, "samples must be in 1..6000", samples=samples)
    key = request.get("key", "iter")
    if key not in ("iter", "timestamp", "iso_time"):
        raise ApiError(400, 12, "unknown key", key=key)
    return samples, key


def _metrics(request):
    metrics = request.get("metrics") if request.version >= (2, 14) else None
    if metrics is not None and not isinstance(metrics, list):
        raise ApiError(400, 12, "a list is expected", field="metrics")
    return metrics


@call("events.scalar_metrics_iter_histogram")
def scalar_metrics_iter_histogram(request):
    samples, key = _samples(request)
    series = request.state.events.series(_task_id(request), SCALAR, _metrics(request))
    data = {}
    for (metric, variant), events in sorted(series.items()):
        points = curve(events, samples, key)
        if points:
            data.setdefault(metric, {})[variant] = _axes(variant, points, key)
    return data


def _axes(name, points, key):
    x, y = points
    return {"name": name, "x": [iso(t / 1000) for t in x] if key == "iso_time" else x, "y": y}


@call("events.multi_task_scalar_metrics_iter_histogram")
def multi_task_scalar_metrics_iter_histogram(request):
    samples, key = _samples(request)
    tasks = request.need("tasks", list)
    if len(tasks) > 100:
        raise ApiError(400, 12, "too many tasks", max=100)
    data = {}
    for task in [request.state.task(i, write=False) for i in tasks]:
        series = request.state.events.series(task["id"], SCALAR, _metrics(request))
        for (metric, variant), events in sorted(series.items()):
            points = curve(events, samples, key)
            if points:
                data.setdefault(metric, {}).setdefault(variant, {})[task["id"]] = _axes(
                    task["name"], points, key)
    return {"metrics": data}


@call("events.get_task_latest_scalar_values")
def get_task_latest_scalar_values(request):
    """Only values above zero count here, as on the real server."""
    task = request.state.task(request.need("task"), write=False)
    metrics = {}
    for (metric, variant), events in request.state.events.series(task["id"]).items():
        positive = [e["value"] for e in events if e["value"] > 0]
        if positive:
            last = positive[-10:]
            metrics.setdefault(metric, []).append({
                "name": variant, "last_value": last[-1], "last_10_value": sum(last) / len(last)})
    return {"metrics": [{"name": m, "variants": v} for m, v in sorted(metrics.items())],
            "last_iter": task["last_iteration"], "name": task["name"], "status": task["status"],
            "last_timestamp": now_ms()}


@call("events.get_task_single_value_metrics", since="2.20")
def get_task_single_value_metrics(request):
    shown = []
    for task in [request.state.task(i, write=False) for i in request.need("tasks", list)]:
        values = [{"metric": m, "variant": v, "value": e["value"], "timestamp": e["timestamp"]}
                  for (m, v), events in request.state.events.series(task["id"]).items()
                  for e in events if e["iter"] == SINGLE_VALUE]
        shown.append({"task": task["id"], "task_name": task["name"], "values": values})
    return {"tasks": shown}


@call("events.get_scalar_metric_data")
def get_scalar_metric_data(request):
    metric = request.get("metric")
    asked = [{"metric": metric}] if metric else None
    events = request.state.events.all(_task_id(request), SCALAR, asked)
    return _scrolled(request, events[::-1], request.get("batch_size", 10000))


# Events as they are.

def _shown(event):
    return dict({k: v for k, v in event.items() if k != "_order"}, **{"_id": event_id(event)})


def _scrolled(request, events, size, name="events"):
    """A part of the events, and the scroll by which the next part is asked for."""
    state, key = request.state, request.get("scroll_id")
    if key:
        if key not in state.scrolls:
            raise ApiError(400, 1104, scroll_id=key)
    else:
        key = new_id()
        state.scrolls[key] = {"rows": events, "at": 0, "until": float("inf")}
    scroll = state.scrolls[key]
    part = request.part(scroll["rows"], scroll["at"], size)
    scroll["at"] += len(part)
    if not part or request.get("no_scroll"):
        del state.scrolls[key]
        key = None
    return {name: [_shown(e) for e in part], "returned": len(part),
            "total": len(scroll["rows"]), "scroll_id": key}


@call("events.get_task_events")
def get_task_events(request):
    kind = request.get("event_type")
    if kind is not None and kind not in TYPES:
        raise ApiError(400, 12, "unknown type", event_type=kind)
    metrics = request.get("metrics")
    if isinstance(metrics, list):
        metrics = [{"metric": m} if isinstance(m, str) else m for m in metrics]
    events = request.state.events.all(_task_id(request), kind, metrics)
    if request.get("order", "asc") == "desc":
        events.reverse()
    return _scrolled(request, events, request.get("batch_size", 500))


@call("events.get_task_log")
def get_task_log(request):
    """Newest first, unless the order or the direction says otherwise."""
    events = sorted(request.state.events.logs(_task_id(request)),
                    key=lambda e: (e["timestamp"], e["_order"]))
    total, start = len(events), request.get("from_timestamp")
    earlier = request.get("navigate_earlier", True)
    if start is not None:
        events = [e for e in events
                  if (e["timestamp"] < start if earlier else e["timestamp"] > start)]
    if earlier:
        events.reverse()
    events = events[:request.get("batch_size", 500)]
    order = request.get("order")
    if order:
        events.sort(key=lambda e: (e["timestamp"], e["_order"]), reverse=order == "desc")
    return {"events": [_shown(e) for e in events], "returned": len(events), "total": total}


def _latest(request, task_id, kind, iters):
    """The events of the newest iterations of each metric and variant."""
    metrics = request.get("metrics")
    if isinstance(metrics, list):
        metrics = [{"metric": m} if isinstance(m, str) else m for m in metrics]
    found = []
    for (metric, variant), events in request.state.events.series(task_id, kind).items():
        if wanted(metrics, metric, variant):
            newest = sorted({e["iter"] for e in events})[-iters:]
            found += [e for e in events if e["iter"] in newest]
    return sorted(found, key=lambda e: (e["metric"], e["variant"], -e["iter"]))


@call("events.get_task_plots")
def get_task_plots(request):
    events = _latest(request, _task_id(request), "plot", request.get("iters", 1))
    data = _scrolled(request, events, request.get("batch_size", 10000), "plots")
    return data


@call("events.get_multi_task_plots")
def get_multi_task_plots(request):
    plots = {}
    for task in [request.state.task(i, write=False) for i in request.need("tasks", list)]:
        for event in _latest(request, task["id"], "plot", request.get("iters", 1)):
            plots.setdefault(event["metric"], {}).setdefault(event["variant"], {}).setdefault(
                task["id"], {}).setdefault(str(event["iter"]), {
                    "name": task["name"], "plots": []})["plots"].append(_shown(event))
    return {"plots": plots, "returned": len(plots), "total": len(plots), "scroll_id": None}


@call("events.debug_images")
def debug_images(request):
    shown = []
    for pair in request.need("metrics", list):
        request.state.task(pair.get("task"), write=False)
        by_iter = {}
        for (metric, _), events in request.state.events.series(
                pair["task"], "training_debug_image").items():
            if pair.get("metric") in (None, metric):
                for event in events:
                    by_iter.setdefault(event["iter"], []).append(_shown(event))
        scrolled = bool(request.get("scroll_id"))
        newest = [] if scrolled else sorted(by_iter, reverse=True)[:request.get("iters", 1)]
        shown.append({"task": pair["task"], "metric": pair.get("metric"),
                      "iterations": [{"iter": i, "events": by_iter[i]} for i in newest]})
    return {"metrics": shown, "scroll_id": new_id()}


@call("events.get_task_metrics")
def get_task_metrics(request):
    shown = []
    for task_id in request.need("tasks", list):
        kinds = [request.get("event_type")] if request.get("event_type") else TYPES[:4]
        names = {m for kind in kinds for m, _ in request.state.events.series(task_id, kind)}
        shown.append({"task": task_id, "metrics": sorted(names)})
    return {"metrics": shown}
