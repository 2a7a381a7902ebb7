"""Starts `hpo ui` over a store of its own, for a test, and ends it."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.parse
import urllib.request

HPO = os.path.abspath(os.environ.get("HPO", ".build/cc/hpo"))
TRAIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "train.py")


class Server:
    """A server; `url` is its address with the token, `get` asks its API."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="hpo-web-")
        self.store = "sqlite:" + os.path.join(self.dir, "hpo.db")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("HPO_")}
        self._process = None
        self.url = self.base = None

    def _command(self, study):
        path = os.path.join(self.dir, study["name"] + ".json")
        with open(path, "w") as f:
            json.dump(dict(study, store=self.store), f)
        return [HPO, "search", "--study", path, "--quiet"]

    def begin(self, study):
        """Runs a study in a process that goes on; the caller ends that."""
        return subprocess.Popen(self._command(study), cwd=self.dir, env=self.env,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def search(self, study):
        """Runs a study to its end, with the trainer of these tests as its task."""
        done = subprocess.run(self._command(study), cwd=self.dir, env=self.env, text=True,
                              capture_output=True, timeout=360)
        if done.returncode != 0:
            raise RuntimeError("hpo search: %s" % done.stderr)

    def make_store(self):
        """An empty one, as it is left when its only study is deleted."""
        for command in (["create", "--name", "gone", "--param", "x=float(0,1)", "--minimize", "y"],
                        ["delete", "gone", "--yes"]):
            subprocess.run([HPO, *command, "--store", self.store], cwd=self.dir, env=self.env,
                           check=True, capture_output=True, timeout=120)

    def start(self, port=0):
        self._process = subprocess.Popen(
            [HPO, "ui", "--port", str(port), "--json", "--store", self.store], cwd=self.dir,
            env=self.env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        text = ""
        while True:
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError("hpo ui did not start")
            text += line
            try:
                self.url = json.loads(text)["url"]
                break
            except ValueError:
                continue
        parts = urllib.parse.urlsplit(self.url)
        self.base = "%s://%s" % (parts.scheme, parts.netloc)
        return self

    def get(self, path):
        with urllib.request.urlopen(self.base + path, timeout=120) as answer:
            return json.load(answer)

    def post(self, path, body):
        """A command; the server must have been started."""
        token = urllib.parse.parse_qs(urllib.parse.urlsplit(self.url).query)["token"][0]
        request = urllib.request.Request(
            self.base + path, json.dumps(body).encode(),
            {"Content-Type": "application/json", "Authorization": "Bearer " + token})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def study(self, name, rest=""):
        return self.get("/api/studies/%s%s" % (urllib.parse.quote(name, safe=""), rest))

    def stop(self):
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._process = None

    def end(self):
        self.stop()
        shutil.rmtree(self.dir, True)
