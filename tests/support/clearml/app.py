"""What happens to a request of the API between its bytes and the bytes of its answer."""
import importlib
import json
import sys
import time
import traceback
from urllib.parse import parse_qsl

import faults as fault
from auth import Auth
from control import act_now, control
from envelope import ApiError, envelope, merge_query, parse_body, parse_path, version_of
from faults import Faults
from journal import Journal
from registry import CALLS, Call, run
from state import OTHER, State

for module in ("auth", "tasks", "params", "status", "projects", "queues", "workers", "events",
               "models"):
    importlib.import_module("calls_" + module)

AGENT = "hpo-test-agent"


class Request:
    """A request as it came in, without regard to how it is sent."""

    def __init__(self, method, target, headers, body, address="127.0.0.1"):
        self.method = method
        self.path, _, self.query = target.partition("?")
        self.headers = headers
        self.body = body
        self.address = address
        self.short_pages = False
        self.started = time.monotonic()

    def header(self, name):
        """X-ClearML-{name}, or by its old spelling."""
        return self.headers.get("X-ClearML-" + name) or self.headers.get("X-Trains-" + name) or ""

    @property
    def sender(self):
        return " ".join((self.headers.get("User-Agent") or "", self.header("Client"),
                         self.header("Worker")))

    @property
    def bearer(self):
        return (self.headers.get("Authorization") or "").startswith("Bearer ")


class Answer:
    """Status None stands for a connection that is closed without a word."""

    def __init__(self, status, body="", kind="application/json", headers=None, rule=None):
        self.status = status
        self.body = body if isinstance(body, bytes) else body.encode()
        self.kind = kind
        self.headers = headers or {}
        self.rule = rule


class App:
    def __init__(self, api_version="2.31", token_seconds=None, log=None):
        self.state = State()
        self.state.auth = Auth(api_version, token_seconds)
        self.faults = Faults()
        self.journal = Journal(log)
        self.files = {}

    def answer(self, request):
        """The answer to any request on the API's port."""
        if request.path.startswith("/_test/"):
            return self._control(request)
        if request.method == "OPTIONS":
            return Answer(200)
        if request.headers.get("Content-Encoding"):
            return Answer(415, "Content encoding is not supported", "text/plain")
        name = request.path.rpartition("/")[2] or request.path
        rule = self.pick(request, name)
        answer = self.with_fault(rule, request, name, lambda: self._call(request))
        self.log(request, name, answer)
        return answer

    def pick(self, request, name):
        if not self.faults.any():
            return None
        body = request.body[:100000].decode("utf-8", "replace")
        return self.faults.pick(name, request.sender, body, request.bearer,
                                AGENT in request.sender)

    def with_fault(self, rule, request, name, act):
        """What `act` answers, with the fault of a rule worked into it."""
        if rule is None:
            return act()
        if rule.get("seconds") or rule.kind == "slow":
            time.sleep(rule.get("seconds", 1))
        if rule.kind == "401":
            self.state.auth.revoke(request.headers["Authorization"].partition(" ")[2].strip())
        if rule.kind == "121":
            self._race(rule, request)
        if rule.kind == "act":
            act_now(self, rule, request.body)
        request.short_pages = rule.kind == "short-page"
        answer = act() if rule.effect else Answer(200)
        if rule.kind.startswith("drop"):
            answer.status = None
        else:
            other = fault.instead(rule, fault.call_text(name, request.header("Trx")))
            if other:
                status, kind, body, headers = other
                answer = Answer(status, body, kind, headers)
            elif answer.kind == "application/json":
                answer.body = fault.spoil(rule, answer.body.decode()).encode()
        answer.rule = rule
        return answer

    def _race(self, rule, request):
        """Somebody else changes the status first, if the rule names one."""
        body = json.loads(request.body or b"{}")
        with self.state.lock:
            task = self.state.tasks.get(body.get("task"))
            if task and rule.get("status"):
                self.state.unqueue(task["id"])
                self.state.set_status(task, rule.get("status"), force=True, user=OTHER)

    def log(self, request, name, answer):
        entry = {"endpoint": name, "path": request.path, "method": request.method,
                 "status": answer.status or 0, "request_bytes": len(request.body),
                 "response_bytes": len(answer.body), "client": request.sender,
                 "seconds": round(time.monotonic() - request.started, 4),
                 "fault": answer.rule.kind if answer.rule else None}
        self.journal.add(entry, request.body)

    # Calls.

    def _call(self, request):
        endpoint, requested, version = "", "", self.state.auth.api_version
        headers = {}
        error, data = None, None
        try:
            requested, endpoint = parse_path(request.path)
            requested = requested or version
            version = min(requested, version, key=version_of)
            data, headers = self._run(request, endpoint, version)
        except ApiError as e:
            error = e
        except Exception as e:
            traceback.print_exc(file=sys.stderr)
            error = ApiError(500, 0, "%s: %s" % (type(e).__name__, e))
        since = "%d.%d" % CALLS[endpoint][0] if endpoint in CALLS else "1.0"
        text = envelope(data, error, endpoint, requested, since, request.header("Trx"))
        return Answer(error.code if error else 200, text, headers=headers)

    def _run(self, request, endpoint, version):
        """(JSON text of the data, headers) of a call."""
        if endpoint not in CALLS or CALLS[endpoint][0] > version_of(version):
            raise ApiError(404, 0, "unable to find endpoint for name %s and version %s"
                           % (endpoint, version))
        user, token = self.state.auth.check(request.headers.get("Authorization"))
        body, items = parse_body(request.body, request.headers.get("Content-Type") or "")
        merge_query(body, request.query)
        call = Call(self.state, endpoint, body, items, version, user, request.header("Worker"),
                    token, request.address)
        call.short_pages = request.short_pages
        with self.state.lock:
            data = run(call)
            text = json.dumps(data)
        if endpoint == "auth.login":
            return text, {"Set-Cookie": "clearml_token_basic=%s; Path=/; HttpOnly"
                          % data["token"]}
        return text, {}

    # Tests.

    def _control(self, request):
        try:
            body = json.loads(request.body) if request.body.strip() else {}
            data = control(self, request.method, request.path[len("/_test/"):],
                           dict(parse_qsl(request.query)), body)
            with self.state.lock:
                return Answer(200, json.dumps(data))
        except ApiError as e:
            return Answer(e.code, json.dumps({"error": str(e)}))
        except (KeyError, TypeError, ValueError) as e:
            return Answer(400, json.dumps({"error": "%s: %s" % (type(e).__name__, e)}))
