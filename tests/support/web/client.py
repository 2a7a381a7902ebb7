"""A server of `hpo ui` in a folder of its own, and a client of it."""
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.parse

HPO = os.path.abspath(os.environ.get("HPO", ".build/cc/hpo"))

# Reports three times, a while apart; {x} is its value, so that all is known beforehand.
SLOW = ("i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo iteration=$i loss=$1; sleep ${2}; done")


# Reports once and ends when there is a file "go"; the first trial does so at once.
HELD = ("echo iteration=1 loss=$1; i=0; [ $HPO_TRIAL = 0 ] || while [ ! -e go ]; do "
        "i=$((i+1)); [ $i -lt 3000 ] || exit 1; sleep 0.05; done; echo loss=$1")


def held(name="s", trials=0, concurrent=2, **more):
    """A study of which all trials but the first wait for a file "go"."""
    return study(name, trials, concurrent, task={"command": ["sh", "-c", HELD, "sh", "{x}"]},
                 **more)


def study(name="s", trials=6, concurrent=2, sleep="0.05", **more):
    file = {"name": name, "objectives": [{"series": "loss", "goal": "min"}],
            "parameters": [{"name": "x", "type": "float", "low": 0, "high": 10},
                           {"name": "k", "type": "categorical", "choices": ["a", "b"]}],
            "strategy": {"name": "random", "seed": 1},
            "limits": {"trials": trials, "concurrent": concurrent},
            "task": {"command": ["sh", "-c", SLOW, "sh", "{x}", sleep]}}
    file.update(more)
    return file


class Case(unittest.TestCase):
    FLAGS = ()

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="hpo-web-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.start(*self.FLAGS)

    def start(self, *flags):
        self.server = subprocess.Popen(
            [HPO, "ui", "--port", "0", "--json", "--store", "sqlite:hpo.db", *flags],
            cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, self.server)
        line = self.server.stdout.readline()
        self.assertTrue(line, "the server did not start: %s" %
                        (self.server.stderr.read() if not line else ""))
        url = urllib.parse.urlsplit(json.loads(line)["url"])
        self.port = url.port
        self.token = urllib.parse.parse_qs(url.query)["token"][0]

    def end(self, server):
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        server.wait(120)
        server.stdout.close()
        server.stderr.close()

    def hpo(self, *args, status=0):
        done = subprocess.run([HPO, *args, "--store", "sqlite:hpo.db"], cwd=self.dir, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=360)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def search(self, file, wait=True):
        path = os.path.join(self.dir, "study.json")
        with open(path, "w") as f:
            json.dump(file, f)
        if wait:
            return self.hpo("search", "--quiet", "--study", path)
        process = subprocess.Popen([HPO, "search", "--quiet", "--study", path, "--store",
                                    "sqlite:hpo.db"], cwd=self.dir, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (process.kill(), process.wait(120)))
        return process

    def go(self):
        """Lets the trials of a held study end."""
        with open(os.path.join(self.dir, "go"), "w"):
            pass

    def raw(self, method, path, body=None, headers=None, token=True):
        """One request on a connection of its own: status, headers, bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        given = {"Authorization": "Bearer " + self.token} if token else {}
        given.update(headers or {})
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def call(self, method, path, body=None, status=200, **kwargs):
        headers = {"Content-Type": "application/json"} if method in ("POST", "PATCH") else {}
        headers.update(kwargs.pop("headers", {}))
        text = json.dumps(body) if body is not None else None
        got, _, data = self.raw(method, "/api" + path, text, headers, **kwargs)
        self.assertEqual(got, status, data[:500])
        return json.loads(data)

    def get(self, path, status=200, **kwargs):
        return self.call("GET", path, status=status, **kwargs)

    def wait_for(self, what, seconds=120):
        """Until what() is true; its value."""
        end = time.monotonic() + seconds
        while True:
            value = what()
            if value:
                return value
            self.assertLess(time.monotonic(), end, "it did not happen in time")
            time.sleep(0.1)

    def wait_state(self, name, *states):
        return self.wait_for(lambda: next(
            (s for s in (self.get("/studies/" + name),) if s["state"] in states), None))


class Events:
    """The events of a server, one after the other."""

    def __init__(self, case, path="/api/events"):
        self.connection = http.client.HTTPConnection("127.0.0.1", case.port, timeout=120)
        self.connection.request("GET", path, headers={"Authorization": "Bearer " + case.token})
        self.answer = self.connection.getresponse()
        case.assertEqual(self.answer.status, 200)
        case.addCleanup(self.close)

    def close(self):
        self.connection.close()

    def next(self):
        event, data = None, None
        while True:
            line = self.answer.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif line == "" and event is not None:
                return event, data
