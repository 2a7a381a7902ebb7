"""Faults on demand. The same rules and the same calls give the same faults.

A rule is {"kind": K, "endpoint": E, ...}. `endpoint` is a name, a glob, or a list of them ("*").
It lets `after` matching calls pass (0), then hits each `every`th one (1), `count` times in all
(without end). `client` (a regular expression over the names of the sender) and `body` (over the
request's text) narrow it down; our own agent is left alone unless `agent` is true or `client` is
given. `effect` says whether the call is carried out before it goes wrong.
"""
import fnmatch
import json
import random
import re
import threading

from envelope import ApiError, envelope

KINDS = {  # kind: whether the call has its effect, unless the rule says otherwise
    "slow": True, "500": False, "500-plain": False, "503": False, "429": False,
    "502-html": False, "401": False, "drop-before": False, "drop-after": True, "truncated": True,
    "nan": True, "reorder": True, "short-page": True, "huge": True, "121": False, "act": True,
}
STATUS_CALLS = frozenset("tasks." + name for name in (
    "enqueue dequeue started stop stopped completed failed close publish reset").split())
NUMBERS = (float("nan"), float("inf"), float("-inf"))
HTML = "<html><head><title>%s</title></head><body><h1>%s</h1><hr>nginx</body></html>\n"
FIELDS = frozenset("""kind endpoint after every count client body agent effect seconds bytes seed
                   fields status retry_after cut reset act""".split())


class Rule:
    def __init__(self, spec):
        unknown = set(spec) - FIELDS
        if unknown or str(spec.get("kind")) not in KINDS:
            raise ValueError("bad rule %s: unknown %s" % (spec, sorted(unknown) or "kind"))
        self.spec = spec
        self.kind = str(spec["kind"])
        ends = spec.get("endpoint", "*")
        self.endpoints = [ends] if isinstance(ends, str) else ends
        self.effect = spec.get("effect", KINDS[self.kind])
        self.client = re.compile(spec["client"]) if spec.get("client") else None
        self.body = re.compile(spec["body"]) if spec.get("body") else None
        self.seen = self.hits = 0

    def get(self, name, default=None):
        return self.spec.get(name, default)

    def matches(self, endpoint, sender, body, bearer, own_agent):
        if not any(fnmatch.fnmatchcase(endpoint, e) for e in self.endpoints):
            return False
        if self.kind == "121" and endpoint not in STATUS_CALLS:
            return False
        if self.kind == "401" and not bearer:
            return False
        if self.client:
            if not self.client.search(sender):
                return False
        elif own_agent and not self.get("agent"):
            return False
        return not self.body or bool(self.body.search(body))

    def fires(self):
        """Counts a call that matches; whether it is one of those that are hit."""
        self.seen += 1
        late = self.seen - self.get("after", 0) - 1
        if late < 0 or late % self.get("every", 1):
            return False
        if self.get("count") is not None and self.hits >= self.get("count"):
            return False
        self.hits += 1
        return True


class Faults:
    def __init__(self):
        self._lock = threading.Lock()
        self._rules = []

    def set(self, specs, add=False):
        rules = [Rule(s) for s in specs]
        with self._lock:
            self._rules = self._rules + rules if add else rules

    def any(self):
        return bool(self._rules)

    def list(self):
        with self._lock:
            return [dict(r.spec, seen=r.seen, hits=r.hits) for r in self._rules]

    def pick(self, endpoint, sender, body, bearer=False, own_agent=False):
        """The rule that hits this call, or None. Every rule counts the calls that it matches."""
        picked = None
        with self._lock:
            for rule in self._rules:
                if rule.matches(endpoint, sender, body, bearer, own_agent) and rule.fires():
                    picked = picked or rule
        return picked


def instead(rule, call_text):
    """(status, type, body, headers) of what is answered in place of the real answer, or None.

    `call_text` makes an envelope from an error.
    """
    kind = rule.kind
    if kind == "500":
        return 500, "application/json", call_text(ApiError(500, 100, "no such shard")), {}
    if kind == "121":
        return 400, "application/json", call_text(ApiError(400, 121, "status changed")), {}
    if kind == "401":
        return 401, "application/json", call_text(ApiError(401, 30, "expired")), {}
    if kind == "500-plain":
        return 500, "text/plain", "Failed processing request /: worker died", {}
    if kind == "503":
        return 503, "text/html", HTML % (("503 Service Temporarily Unavailable",) * 2), _wait(rule)
    if kind == "429":
        return 429, "text/plain", "Too many requests", _wait(rule)
    if kind == "502-html":
        return 502, "text/html", HTML % (("502 Bad Gateway",) * 2), {}
    if kind == "huge":
        return 200, "application/json", " " * rule.get("bytes", 100 << 20), {}
    return None


def _wait(rule):
    return {"Retry-After": str(rule.get("retry_after"))} if rule.get("retry_after") else {}


def spoil(rule, text):
    """The text of a good answer, made bad."""
    if rule.kind == "truncated":
        return text[:len(text) // 2]
    if rule.kind not in ("nan", "reorder"):
        return text
    answer = json.loads(text)
    if not isinstance(answer, dict):
        return text  # the file server's
    data = answer.get("data", {})
    if rule.kind == "nan":
        answer["data"] = _with_nan(data, rule.get("fields"), [0])
    else:
        shuffle = random.Random(rule.get("seed", 1) + rule.hits).shuffle
        for rows in data.values():
            if isinstance(rows, list):
                shuffle(rows)
    return json.dumps(answer)


def _with_nan(value, fields, turn, key=""):
    if isinstance(value, dict):
        return {k: _with_nan(v, fields, turn, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_nan(v, fields, turn, key) for v in value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if fields and not re.search(fields, key):
        return value
    turn[0] += 1
    return NUMBERS[turn[0] % len(NUMBERS)]


def call_text(endpoint, trx=None):
    return lambda error: envelope(None, error, endpoint, trx=trx)
