"""The file server: POST of multipart forms, GET, DELETE; everything stays in memory."""
import json
import re
from urllib.parse import unquote

from app import Answer
from envelope import ApiError


def answer(app, request):
    """The answer to a request on the file server's port."""
    name = "files.%s" % request.method.lower()
    rule = app.pick(request, name)
    reply = app.with_fault(rule, request, name, lambda: _act(app, request))
    app.log(request, name, reply)
    return reply


def _act(app, request):
    path = unquote(request.path).lstrip("/")
    if request.method in ("GET", "HEAD") and not path:
        return Answer(200, "OK", "text/plain")
    try:
        app.state.auth.check(request.headers.get("Authorization") or _cookie(request))
    except ApiError as e:
        return Answer(401, str(e), "text/plain")
    if request.method == "POST":
        return _store(app, request)
    if path not in app.files:
        return Answer(404, "File not found", "text/plain")
    if request.method == "DELETE":
        del app.files[path]
        return Answer(200, "", "text/html")
    kind, data = app.files[path]
    return Answer(200, data, kind, {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"})


def _cookie(request):
    match = re.search(r"clearml_token_basic=([^;]+)", request.headers.get("Cookie") or "")
    return "Bearer " + match.group(1) if match else None


def _store(app, request):
    """Keeps every file of the form under the path that its field is named after."""
    stored = []
    for name, kind, data in parts(request.headers.get("Content-Type") or "", request.body):
        path = unquote(name).lstrip("/")
        if ".." in path.split("/"):
            return Answer(400, "Bad path", "text/plain")
        app.files[path] = kind, data
        stored.append(path)
    if not stored:
        return Answer(400, "Missing file", "text/plain")
    return Answer(200, json.dumps(stored))


def parts(content_type, body):
    """(field name, content type, bytes) of each file of a multipart form."""
    match = re.match(r'multipart/form-data;.*boundary="?([^";]+)"?', content_type)
    if not match:
        return
    for part in (b"\r\n" + body).split(b"\r\n--" + match.group(1).encode())[1:]:
        head, gap, data = part.partition(b"\r\n\r\n")
        text = head.decode("utf-8", "replace")
        name = re.search(r'[; ]name="((?:[^"\\]|\\.)*)"', text)
        kind = re.search(r"^content-type: *(.+?)\r?$", text, re.I | re.M)
        if gap and name and "filename" in text:
            yield name.group(1), kind.group(1) if kind else "application/octet-stream", data
