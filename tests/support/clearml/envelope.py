"""Error codes, the envelope of an answer, and the paths and bodies of requests."""
import json
import re
import uuid
from urllib.parse import parse_qsl

ERRORS = {
    (400, 0): "Bad request",
    (400, 10): "Invalid id",
    (400, 11): "Missing required fields",
    (400, 12): "Validation error",
    (400, 14): "Fields not defined",
    (400, 16): "Invalid value",
    (400, 17): "Batch contains no items",
    (400, 20): "Invalid type",
    (400, 21): "Malformed regular expression",
    (400, 100): "Task error",
    (400, 101): "Invalid task id",
    (400, 102): "Task validation error",
    (400, 110): "Invalid task status",
    (400, 121): "Failed changing task status",
    (400, 123): "Task can not be deleted",
    (400, 131): "Events not added",
    (400, 201): "Invalid model id",
    (400, 401): "Invalid project id",
    (400, 402): "Project has associated tasks",
    (400, 407): "Bad project name",
    (400, 409): "Project path is too deep",
    (400, 701): "Invalid queue id",
    (400, 702): "Queue is not empty",
    (400, 703): "Task is not in the queue",
    (400, 706): "Task is already queued",
    (400, 707): "No default queue",
    (400, 708): "Several default queues",
    (400, 800): "Data validation error",
    (400, 801): "Value must be unique",
    (400, 1001): "Invalid worker id",
    (400, 1104): "Invalid scroll id",
    (401, 10): "Unauthorized (bad authentication type)",
    (401, 20): "Unauthorized (missing credentials)",
    (401, 21): "Unauthorized (malformed credentials)",
    (401, 22): "Unauthorized (invalid credentials)",
    (401, 30): "Unauthorized (invalid token)",
    (403, 21): "Forbidden (no write permission)",
    (404, 0): "Unknown endpoint",
    (500, 0): "General server error",
    (500, 100): "General data error",
}
PATH = re.compile(r"^/?(?:v?(\d+\.?\d+)/)?(\w+)\.(\w+)/?$")


class ApiError(Exception):
    """A refusal: it ends the call, and the envelope says why."""

    def __init__(self, code, subcode, detail="", **values):
        self.code = code
        self.subcode = subcode
        text = ERRORS.get((code, subcode), "Error")
        if detail:
            text += " (%s)" % detail
        if values:
            text += ": " + ", ".join("%s=%s" % (k, _shown(v)) for k, v in values.items())
        super().__init__(text)


def _shown(value):
    if isinstance(value, (list, tuple, set)):
        return "(%s)" % ", ".join(str(v) for v in value)
    return str(value)


def version_of(text):
    """"2.13" as (2, 13)."""
    major, _, minor = str(text).partition(".")
    return int(major), int(minor or 0)


def parse_path(path):
    """(requested version or None, name of the endpoint) of a request's path."""
    match = PATH.match(path)
    if not match:
        raise ApiError(400, 0, "malformed path", path=path)
    return match.group(1), "%s.%s" % match.group(2, 3)


def parse_body(raw, content_type):
    """(body, items) of a request: `items` is the batch of a json-lines body, else None."""
    kind = content_type.split(";")[0].strip().lower()
    if content_type == "application/json-lines":
        return {}, _parse_lines(raw)
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)), None
    if not raw.strip():
        return {}, None
    try:
        body = json.loads(raw)
    except ValueError as e:
        raise ApiError(400, 0, "failed parsing json: %s" % e)
    if not isinstance(body, dict):
        raise ApiError(400, 0, "the body must be a json object")
    return body, None


def _parse_lines(raw):
    lines = raw.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise ApiError(400, 17)
    try:
        return [json.loads(line) for line in lines]
    except ValueError as e:
        raise ApiError(400, 0, "failed parsing json-lines: %s" % e)


def merge_query(body, query):
    """Puts the query string's values over those of the body: dots nest, [] makes lists."""
    lists = set()
    for key, text in parse_qsl(query, keep_blank_values=True):
        at = body
        is_list = key.endswith("[]")
        *way, last = (key[:-2] if is_list else key).split(".")
        for step in way:
            at = at.setdefault(step, {})
        if is_list:
            at[last] = (at[last] if key in lists else []) + [_converted(text)]
            lists.add(key)
        else:
            at[last] = _converted(text)
    return body


def _converted(text):
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def envelope(data, error=None, endpoint="", requested="", actual="1.0", trx=None):
    """The text of an answer. `data` is JSON text already, or None."""
    call_id = uuid.uuid4().hex
    meta = {"id": call_id, "trx": trx or call_id,
            "endpoint": {"name": endpoint, "requested_version": requested,
                         "actual_version": actual},
            "result_code": 200, "result_subcode": 0, "result_msg": "OK",
            "error_stack": "", "error_data": {}}
    if error:
        meta.update(result_code=error.code, result_subcode=error.subcode,
                    result_msg=str(error), error_stack=None)
    return '{"meta":%s,"data":%s}' % (json.dumps(meta), data or "{}")
