"""A plain client of the API for the agent and the tests: one connection, JSON in and out."""
import base64
import http.client
import json
import ssl
import threading
import urllib.parse

from auth import ACCESS_KEY, SECRET_KEY


class CallFailed(Exception):
    def __init__(self, code, subcode, text):
        super().__init__("%s/%s %s" % (code, subcode, text))
        self.code = code
        self.subcode = subcode


class Client:
    """Calls from any thread; each thread has a connection of its own."""

    def __init__(self, url, name="hpo-test-client", worker="", version="2.31",
                 key=ACCESS_KEY, secret=SECRET_KEY):
        self.url = url
        self.name = name
        self.worker = worker
        self.version = version
        self._basic = "Basic " + base64.b64encode(("%s:%s" % (key, secret)).encode()).decode()
        self._token = None
        self._local = threading.local()
        self._connections = set()

    def call(self, endpoint, body=None, **fields):
        """The data that a call answers with."""
        text = json.dumps(dict(body or {}, **fields)).encode()
        return self._known(endpoint, text, "application/json")

    def batch(self, events):
        """Sends events as lines of JSON."""
        text = "\n".join(json.dumps(e) for e in events).encode()
        return self._known("events.add_batch", text, "application/json-lines")

    def login(self):
        self._token = self._call("auth.login", b"{}", "application/json", self._basic)["token"]
        return self._token

    def _known(self, endpoint, text, kind):
        """A call under a token; once more under a new one where it has lapsed."""
        if endpoint == "auth.login":
            return self._call(endpoint, text, kind, self._basic)
        token = self._token or self.login()
        try:
            return self._call(endpoint, text, kind, "Bearer " + token)
        except CallFailed as e:
            if e.code != 401:
                raise
        if self._token == token:  # no other thread has renewed it meanwhile
            self.login()
        return self._call(endpoint, text, kind, "Bearer " + self._token)

    def _call(self, endpoint, body, kind, authorization):
        headers = {"Content-Type": kind, "X-ClearML-Client": self.name,
                   "X-ClearML-Worker": self.worker, "Authorization": authorization}
        status, _, text = self.raw("POST", "/v%s/%s" % (self.version, endpoint), body, headers)
        try:
            answer = json.loads(text)
        except ValueError:
            raise CallFailed(status, None, text[:200])
        meta = answer["meta"]
        if meta["result_code"] != 200:
            raise CallFailed(meta["result_code"], meta["result_subcode"], meta["result_msg"])
        return answer["data"]

    def test(self, method, name, body=None):
        """A call of /_test/."""
        status, _, text = self.raw(method, "/_test/" + name, json.dumps(body or {}).encode(), {})
        if status != 200:
            raise CallFailed(status, None, text)
        return json.loads(text)

    def raw(self, method, path, body=b"", headers=None):
        """(status, headers, bytes) of any request; again on a new connection if the old broke."""
        for attempt in (0, 1):
            connection, used = self._connection()
            try:
                connection.request(method, path, body, headers or {})
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (http.client.HTTPException, ConnectionError, ssl.SSLError):
                self._forget(connection)
                if attempt or not used:
                    raise

    def _connection(self):
        connection = getattr(self._local, "connection", None)
        if connection:
            return connection, True
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme == "https":
            context = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection(parts.netloc, timeout=60, context=context)
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        self._local.connection = connection
        self._connections.add(connection)
        return connection, False

    def _forget(self, connection):
        connection.close()
        self._connections.discard(connection)
        self._local.connection = None

    def close(self):
        """Closes the connections of all threads."""
        for connection in list(self._connections):
            connection.close()
        self._connections.clear()
        self._local = threading.local()
