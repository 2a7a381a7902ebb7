"""Events of tasks: scalars, plots, images and logs, and what they leave in last_metrics."""
import hashlib
import struct
import time

SINGLE_VALUE = -2147483648
MAX_METRICS = 2000
IGNORED = (":monitor:machine", ":monitor:gpu")
TYPES = ("training_stats_scalar", "training_stats_vector", "training_debug_image", "plot", "log")
SCALAR = "training_stats_scalar"


def md5(text):
    return hashlib.md5(text.encode("utf-8")).hexdigest()


def event_id(event):
    """The id under which an event is kept: the same values overwrite."""
    if event["type"] == "log":
        return "log-%d" % event["_order"]
    parts = [str(event[k]) for k in ("task", "iter", "metric", "variant", "key")
             if event.get(k) is not None]
    return md5("-".join(parts))


def as_float32(value):
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


class EventStore:
    def __init__(self):
        self._tasks = {}
        self._order = 0
        self._hashes = {}

    def _of(self, task_id):
        return self._tasks.setdefault(task_id, {kind: {} for kind in TYPES})

    def add(self, event):
        """Keeps an event; one with the same task, iteration and names is replaced."""
        self._order += 1
        event["_order"] = self._order
        kept = self._of(event["task"])[event["type"]]
        if event["type"] == "log":
            kept[self._order] = event
            return
        kept.setdefault((event["metric"], event["variant"]), {})[
            (event.get("iter", 0), event.get("key"))] = event

    def delete(self, task_id):
        """Forgets the events of a task; how many there were."""
        n = self.count(task_id)
        self._tasks.pop(task_id, None)
        return n

    def count(self, task_id=None):
        tasks = [self._tasks.get(task_id, {})] if task_id else self._tasks.values()
        return sum(len(kept) if kind == "log" else sum(len(v) for v in kept.values())
                   for task in tasks for kind, kept in task.items())

    def logs(self, task_id):
        return list(self._tasks.get(task_id, {}).get("log", {}).values())

    def series(self, task_id, kind=SCALAR, metrics=None):
        """(metric, variant) -> events by iteration, of the metrics asked for."""
        found = {}
        for (metric, variant), events in self._tasks.get(task_id, {}).get(kind, {}).items():
            if wanted(metrics, metric, variant):
                found[metric, variant] = sorted(events.values(), key=_when)
        return found

    def all(self, task_id, kind=None, metrics=None):
        """All events of a task, or of one type, oldest first."""
        found = []
        for each in [kind] if kind else TYPES:
            if each == "log":
                found += self.logs(task_id)
            else:
                for events in self.series(task_id, each, metrics).values():
                    found += events
        return sorted(found, key=lambda e: (e["timestamp"], e["_order"]))

    # The metrics of a task.

    def hash(self, text):
        if text not in self._hashes:
            self._hashes[text] = md5(text)
        return self._hashes[text]

    def update_task(self, task, events):
        """What a batch of events of one task changes in the task itself."""
        last = task["last_iteration"]
        points = {}
        for event in events:
            if event["type"] != "log" and event["metric"] not in IGNORED:
                last = max(last, event.get("iter", 0))
            if event["type"] == SCALAR:
                points.setdefault((event["metric"], event["variant"]), []).append(event)
        task["last_iteration"] = last
        for (metric, variant), batch in points.items():
            self._update_metric(task, metric, variant, batch)

    def _update_metric(self, task, metric, variant, batch):
        variants = task["last_metrics"].get(self.hash(metric), {})
        item = variants.get(self.hash(variant))
        if item is None:
            if sum(len(v) for v in task["last_metrics"].values()) >= MAX_METRICS:
                return
            item = {"metric": metric, "variant": variant, "count": 0, "mean_value": 0}
            variants[self.hash(variant)] = item
            task["last_metrics"][self.hash(metric)] = variants
        _fold(item, batch)


def _fold(item, batch):
    """The newest point of the batch is the value, even if an older batch went further."""
    newest = max(batch, key=_when)
    first = min(batch, key=_when)
    low = min(batch, key=lambda e: e["value"])
    high = max(batch, key=lambda e: e["value"])
    item["value"] = newest["value"]
    if newest.get("x_axis_label"):
        item["x_axis_label"] = newest["x_axis_label"]
    if "min_value" not in item or low["value"] < item["min_value"]:
        item["min_value"], item["min_value_iteration"] = low["value"], low["iter"]
    if "max_value" not in item or high["value"] > item["max_value"]:
        item["max_value"], item["max_value_iteration"] = high["value"], high["iter"]
    if "first_value" not in item or first["iter"] < item["first_value_iteration"]:
        item["first_value"], item["first_value_iteration"] = first["value"], first["iter"]
    total = item["mean_value"] * item["count"] + sum(e["value"] for e in batch)
    item["count"] += len(batch)
    item["mean_value"] = round(total / item["count"], 2)


def _when(event):
    return event.get("iter", 0), event["timestamp"]


def wanted(metrics, metric, variant):
    """Whether a list of {metric, variants} asks for this one; no list asks for all."""
    if not metrics:
        return True
    return any(m.get("metric") == metric and (not m.get("variants") or variant in m["variants"])
               for m in metrics)


def curve(events, samples, key):
    """x and y of a curve, averaged in buckets where there are more points than samples."""
    points = [(_x(e, key), e["value"]) for e in events if e.get("iter") != SINGLE_VALUE]
    points.sort(key=lambda p: p[0])
    if not points:
        return None
    if len(points) > samples:
        low, high = points[0][0], points[-1][0]
        width = max(1, -(-(high - low + 1) // samples))
        buckets = {}
        for x, y in points:
            buckets.setdefault(low + (x - low) // width * width, []).append(y)
        points = [(x, sum(ys) / len(ys)) for x, ys in sorted(buckets.items())]
    return [x for x, _ in points], [as_float32(y) for _, y in points]


def _x(event, key):
    return event.get("iter", 0) if key == "iter" else event["timestamp"]


def now_ms():
    return int(time.time() * 1000)
