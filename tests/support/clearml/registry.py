"""The table of calls that the server knows, and what a call is handed."""
from envelope import ApiError, version_of

CALLS = {}


class Call:
    """One request: its body, who sent it, and the state that it reads and changes."""

    def __init__(self, state, endpoint, body, items=None, version="2.31", user=None, worker="",
                 token=None, address="127.0.0.1"):
        self.state = state
        self.endpoint = endpoint
        self.body = body
        self.items = items
        self.version = version_of(version)
        self.user = user or state.user
        self.worker = worker
        self.token = token
        self.address = address
        self.short_pages = False

    def get(self, name, default=None):
        value = self.body.get(name)
        return default if value is None else value

    def part(self, rows, at, size):
        """The next rows of a scroll; a server may give fewer than were asked for."""
        rows = rows[at:at + size]
        return rows[:(len(rows) + 1) // 2] if self.short_pages else rows

    def need(self, name, kind=str):
        """The value of a field that must be there, of that type."""
        value = self.body.get(name)
        if value is None:
            raise ApiError(400, 12, "missing required field", field=name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise ApiError(400, 12, "wrong type", field=name)
        return value


def call(name, since="1.0"):
    """Enters a function of a Call under the name of its endpoint."""
    def enter(function):
        CALLS[name] = (version_of(since), function)
        return function
    return enter


def run(request):
    """The data that a call answers with. The caller holds the state's lock."""
    known = CALLS.get(request.endpoint)
    if known is None or known[0] > request.version:
        raise ApiError(404, 0, "unable to find endpoint for name %s and version %s"
                       % (request.endpoint, "%d.%d" % request.version))
    return known[1](request)
