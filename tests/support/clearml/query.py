"""What get_all has in common for all kinds: filters, order, pages, scrolls and projection."""
import re
import time
from datetime import datetime, timezone

from envelope import ApiError
from state import iso, new_id

MAX_ROWS = 500
SCROLL_S = 600
ALL, ANY, NOT = ("__$all", "__$and"), ("__$any", "__$or"), ("__$not",)


class Kind:
    """Which fields a kind of object has, and how they are filtered."""

    def __init__(self, lists, ranges=(), dates=(), texts=("name", "comment"), fields=()):
        self.lists = ("id", "user", "tags", "system_tags") + tuple(lists)
        self.ranges = tuple(ranges)
        self.dates = tuple(dates)
        self.texts = tuple(texts)
        self.fields = frozenset(fields)


TASK = Kind(("type", "status", "project", "parent"),
            ("created", "started", "completed", "active_duration", "last_iteration"),
            ("status_changed", "last_update", "last_change"),
            fields="""id name type status status_reason status_message status_changed project
            parent user company comment tags system_tags created started completed published
            last_update last_change last_changed_by active_duration last_worker
            last_worker_report last_iteration last_metrics hyperparams configuration execution
            script container models output runtime report report_assets metric_stats
            unique_metrics enqueue_status docker_init_script""".split())
PROJECT = Kind(("parent",), ("created", "last_update"), ("last_update",),
               ("name", "basename", "description"),
               """id name basename description user company created last_update tags system_tags
               parent path default_output_destination stats""".split())
QUEUE = Kind((), ("created",), ("last_update",), ("name", "display_name"),
             """id name display_name user company created last_update tags system_tags entries
             metadata workers""".split())
MODEL = Kind(("project", "task", "parent", "framework", "uri", "ready"), ("created",),
             ("last_update", "last_change"), fields="""id name user company created last_update
             last_change last_changed_by project task parent comment tags system_tags framework
             design labels uri ready metadata stats last_iteration last_metrics""".split())


def value_at(row, path):
    """The value at a dotted path; names may themselves hold dots. None if it is not there."""
    if not path:
        return row
    if not isinstance(row, dict):
        return None
    parts = path.split(".")
    for n in range(1, len(parts) + 1):
        key = ".".join(parts[:n])
        if key in row:
            found = value_at(row[key], ".".join(parts[n:]))
            if found is not None:
                return found
    return None


def find(rows, body, kind):
    """The rows, a dictionary by id, that a query asks for, in order."""
    tests = _tests(body, kind)
    ids = body.get("id")
    if isinstance(ids, str):
        ids = [ids]
    if ids and all(isinstance(i, str) and i[:1] not in ("-", "_") for i in ids):
        rows = [rows[i] for i in dict.fromkeys(ids) if i in rows]
    else:
        rows = rows.values()
    found = [row for row in rows if all(test(row) for test in tests)]
    return _ordered(found, body.get("order_by"))


def answer(state, request, rows, kind, name):
    """A page or a scroll of rows, each projected, as the answer of get_all."""
    body = request.body
    if "scroll_id" in body and request.version >= (2, 15):
        page, scroll_id = _scroll(state, request, rows)
    else:
        page, scroll_id = _page(rows, body), None
    data = {name: [project(row, body.get("only_fields"), kind) for row in page]}
    if scroll_id:
        data["scroll_id"] = scroll_id
    return data


def project(row, only_fields, kind):
    if not only_fields:
        return row
    shown = {}
    for path in [only_fields] if isinstance(only_fields, str) else only_fields:
        if path.split(".")[0] not in kind.fields:
            raise ApiError(400, 14, fields=path)
        _copy(row, path, shown)
    return shown


def _copy(row, path, into):
    """Copies what is at a path, with the objects on the way to it."""
    parts = path.split(".")
    for n in range(1, len(parts) + 1):
        key, rest = ".".join(parts[:n]), ".".join(parts[n:])
        if key not in row:
            continue
        if not rest or value_at(row[key], rest) is None:
            if not rest:
                into[key] = row[key]
            continue
        below = into.get(key)
        if below is not row[key]:
            into[key] = below = {} if below is None else below
            _copy(row[key], rest, below)
        return


def _page(rows, body):
    page, size = body.get("page"), body.get("page_size")
    for value in (page, size):
        if value is not None and (not isinstance(value, int) or value < 0):
            raise ApiError(400, 12, "bad paging", page=page, page_size=size)
    if size == 0:
        raise ApiError(400, 12, "bad paging", page_size=size)
    size = min(size or MAX_ROWS, MAX_ROWS)
    start = (page or 0) * size
    return rows[start:start + size]


def _scroll(state, request, rows):
    now, body = time.time(), request.body
    for key in [k for k, s in state.scrolls.items() if s["until"] < now]:
        del state.scrolls[key]
    key = body["scroll_id"]
    if key is None or body.get("refresh_scroll"):
        size = min(body.get("size") or MAX_ROWS, MAX_ROWS)
        key = key or new_id()
        state.scrolls[key] = {"rows": rows, "at": 0, "size": size}
    elif key not in state.scrolls:
        raise ApiError(400, 1104, scroll_id=key)
    scroll = state.scrolls[key]
    scroll["until"] = now + SCROLL_S
    page = request.part(scroll["rows"], scroll["at"], scroll["size"])
    scroll["at"] += len(page)
    return page, key


# Filters.

def _tests(body, kind):
    tests = []
    for name in kind.lists:
        if body.get(name) not in (None, []):
            tests.append(_list_test(name, body[name]))
    for name in kind.texts:
        if body.get(name):
            tests.append(_text_test([name], body[name], 0, all))
    for name, value in body.items():
        if value in (None, []):
            continue
        if name in kind.dates and isinstance(value, (str, list)):
            tests.append(_date_test(name, value))
        elif name in kind.ranges or name.startswith("last_metrics."):
            tests.append(_range_test(name, value))
        elif name in ("_all_", "_any_"):
            fields = value.get("fields") or []
            pattern = value.get("pattern") or ""
            tests.append(_text_test(fields, pattern, re.I, all if name == "_all_" else any))
    if not body.get("search_hidden") and not body.get("id"):
        tests.append(lambda row: "hidden" not in row.get("system_tags", ()))
    return tests


def _text_test(fields, pattern, flags, over):
    if not isinstance(pattern, str):
        raise ApiError(400, 16, "a regular expression is expected", fields=fields)
    try:
        search = re.compile(pattern, flags).search
    except re.error as e:
        raise ApiError(400, 21, str(e), pattern=pattern)
    return lambda row: over(search(str(value_at(row, f) or "")) for f in fields)


def _list_test(name, items):
    items = [items] if not isinstance(items, list) else items
    any_of, all_of, none_of = set(), set(), set()
    into, negated = any_of, False
    for item in items:
        if item in ALL:
            into = all_of
        elif item in ANY:
            into = any_of
        elif item in NOT:
            negated = True
            continue
        elif isinstance(item, str) and item.startswith("-"):
            none_of.add(item[1:])
        else:
            (none_of if negated else into).add(item)
        negated = False

    def test(row):
        value = row.get(name)
        if not isinstance(value, list):
            value = [] if value is None else [value]
        has = set(value) or {None}
        return (not none_of & has) and all_of <= has and (not any_of or bool(any_of & has))
    return test


def _range_test(name, limits):
    if not isinstance(limits, list) or len(limits) != 2:
        raise ApiError(400, 16, "a range of two values is expected", field=name)
    low, high = (_comparable(v) for v in limits)

    def test(row):
        value = value_at(row, name)
        return value is not None and (low is None or value >= low) \
            and (high is None or value <= high)
    return test


def _date_test(name, items):
    tests = []
    for item in [items] if isinstance(items, str) else items:
        match = re.match(r"^(>=|<=|>|<)?(.*)$", item or "")
        sign, date = match.group(1), _comparable(match.group(2))
        tests.append({">=": lambda v, d=date: v >= d, "<=": lambda v, d=date: v <= d,
                      ">": lambda v, d=date: v > d, "<": lambda v, d=date: v < d,
                      None: lambda v, d=date: v == d}[sign])
    return lambda row: row.get(name) is not None and all(t(row[name]) for t in tests)


def _comparable(value):
    """A date in the server's own form, in which texts sort as the dates do."""
    if not isinstance(value, str):
        return value
    try:
        date = datetime.fromisoformat(value)
    except ValueError:
        raise ApiError(400, 16, "a date is expected", value=value)
    if date.tzinfo is None:
        date = date.replace(tzinfo=timezone.utc)
    return iso(date.timestamp())


# Order.

def _ordered(rows, order_by):
    if not order_by:
        return rows
    rows.sort(key=lambda row: row["id"])
    for path in reversed([order_by] if isinstance(order_by, str) else order_by):
        down = path.startswith("-")
        path = path.lstrip("-")
        numeric = path.startswith(("last_metrics", "hyperparams"))
        keyed = [(value_at(row, path), row) for row in rows]
        present = [(_rank(v, numeric), row) for v, row in keyed if v is not None]
        present.sort(key=lambda pair: pair[0], reverse=down)
        rows[:] = [row for _, row in present] + [row for v, row in keyed if v is None]
    return rows


def _rank(value, numeric):
    """A key that never compares unlike types."""
    if isinstance(value, str) and numeric:
        try:
            value = float(value)
        except ValueError:
            pass
    if isinstance(value, (int, float)):
        return 0, value, ""
    return 1, 0, str(value)
