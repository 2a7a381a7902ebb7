"""A stand-in with an agent, and studies that hpo runs on it: what the tests of the backend share.

HPO names the command. A `Bed` outlives its runs; each run is a folder with a study, a base task
and a store of its own.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from auth import SECRET_KEY
from launch import Standin

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
from support.waiting import LIMIT_S, signal_and_wait, wait_until  # noqa: E402

HPO = os.path.abspath(os.environ.get("HPO", ".build/cc/hpo"))
DRIVER = "hpo[-/][0-9]"  # what only requests of the program match, as the `client` of a fault
ALIVE = ("created", "queued", "in_progress")
ENDED_BADLY = ("stopped", "failed", "closed")

OBJECTIVE = """
def f(params):
    x, n = float(params["Args/x"]), int(params["Args/layers"])
    for i in range(1, int(params["Args/epochs"]) + 1):
        yield i, {"validation/loss": (x - 1) ** 2 + n / 10 + 1 / i}, float(params["Args/pause"])
    if int(params["Args/status"]):
        raise SystemExit(int(params["Args/status"]))
"""
PARAMETERS = {"x": ("0.5", "float"), "layers": ("2", "int"), "epochs": ("4", "int"),
              "pause": ("0.03", "float"), "status": ("0", "int")}
SPACE = [{"name": "Args/x", "type": "float", "low": -5, "high": 5},
         {"name": "Args/layers", "type": "int", "low": 1, "high": 4}]


class Bed:
    """A server, an agent of so many slots, and a folder; with `with`, or end()."""

    def __init__(self, *options, workers=4, objective=OBJECTIVE, agent=(), https=False):
        self.dir = tempfile.mkdtemp(prefix="hpo-bed-")
        self.standin = Standin(*options, https=https)
        self.client = self.standin.client("bed-client")
        self.agents = []
        self._objective = os.path.join(self.dir, "objective.py")
        with open(self._objective, "w") as f:
            f.write(objective)
        if workers:
            self.agent(workers, *agent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.standin.end()
        shutil.rmtree(self.dir, True)

    def agent(self, workers, *options):
        agent = self.standin.agent("--workers", str(workers), "--objective", self._objective,
                                   "--period", "0.05", "--watch-period", "0.1", *options)
        self.agents.append(agent)
        return agent

    def faults(self, *rules):
        """Sets the faults that the program meets; none: ends them."""
        self.client.test("POST", "faults", {"rules": [dict({"client": DRIVER}, **r)
                                                      for r in rules]})

    def hits(self):
        """How often each rule hit."""
        return [r["hits"] for r in self.client.test("GET", "faults")["rules"]]

    def act(self, action, task=None, **more):
        return self.client.test("POST", "act", dict({"action": action, "task": task}, **more))

    def options(self, **options):
        self.client.test("POST", "options", options)

    def log(self, since=0, endpoint="*"):
        """The requests of the program."""
        found = self.client.test("GET", "log?since=%d&endpoint=%s" % (since, endpoint))
        return [e for e in found if "hpo-bed" not in e["client"] and "hpo-test" not in e["client"]
                and "bed-client" not in e["client"]]

    def clock(self):
        """The number of the last request."""
        found = self.client.test("GET", "log")
        return found[-1]["n"] if found else 0

    def counts(self, since=0):
        counts = {}
        for entry in self.log(since):
            counts[entry["endpoint"]] = counts.get(entry["endpoint"], 0) + 1
        return counts

    def state(self, events=False):
        return self.client.test("GET", "state" + ("?events=1" if events else ""))

    def task(self, task_id):
        return self.state()["tasks"].get(task_id)

    def base(self, name="base task", more=None, metrics=True, **values):
        """The id of a new base task that was run once; `values` in place of the defaults."""
        given = dict(PARAMETERS, **{k: (str(v), PARAMETERS.get(k, ("", "str"))[1])
                                    for k, v in values.items()})
        params = {"Args": {k: {"section": "Args", "name": k, "value": v, "type": t}
                           for k, (v, t) in given.items()}}
        task = self.client.call(
            "tasks.create", name=name, type="training", hyperparams=params,
            script={"binary": "python3", "entry_point": "train.py", "diff": "pass\n"},
            **(more or {}))["id"]
        if metrics:
            self.client.call("tasks.started", task=task)
            self.client.batch([{"type": "training_stats_scalar", "task": task, "iter": 1,
                                "metric": "validation", "variant": "loss", "value": 1.0}])
            self.client.call("tasks.completed", task=task)
        return task

    def run(self, name="s", base=None, **study):
        """A run that is not yet started; `study` is as that of Run."""
        return Run(self, name, base or self.base("base of %s" % name), **study)


class Run:
    """One study in a folder of its own, run as often as a test wants."""

    def __init__(self, bed, name, base, trials=6, concurrent=3, limits=None, task=None,
                 environment=None, **study):
        self.bed = bed
        self.name = name
        self.dir = tempfile.mkdtemp(prefix="run-", dir=bed.dir)
        self.env = dict(bed.standin.environment(), HOME=self.dir, **(environment or {}))
        self.env.pop("HPO_STORE", None)
        self.study = dict({
            "name": name, "parameters": SPACE, "strategy": {"name": "random", "seed": 1},
            "objectives": [{"title": "validation", "series": "loss", "goal": "min"}],
            "limits": dict({"trials": trials, "concurrent": concurrent}, **(limits or {})),
            "task": dict({"backend": "clearml", "base_task": base, "queue": "default",
                          "poll_seconds": 0.2}, **(task or {}))}, **study)
        self.write()

    def write(self):
        with open(os.path.join(self.dir, "study.json"), "w") as f:
            json.dump(self.study, f)

    def command(self, *flags):
        return [HPO, "search", "--study", "study.json", "--store", "sqlite:t.db", *flags]

    def start(self, *flags, **how):
        """The process of a search."""
        how = dict({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}, **how)
        return subprocess.Popen(self.command(*flags), cwd=self.dir, env=self.env, text=True,
                                stdin=subprocess.DEVNULL, **how)

    def search(self, *flags, timeout=3 * LIMIT_S):
        """Runs the search to its end."""
        begin = time.monotonic()
        done = subprocess.run(self.command(*flags), cwd=self.dir, env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
        done.seconds = time.monotonic() - begin
        return done

    def hpo(self, command, *flags, timeout=LIMIT_S):
        return subprocess.run([HPO, command, *flags, "--store", "sqlite:t.db"], cwd=self.dir,
                              env=self.env, text=True, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=timeout)

    def trials(self):
        """The trials as the store has them; none if there is no study yet."""
        done = self.hpo("trials", self.name, "--json")
        return json.loads(done.stdout)["trials"] if done.returncode == 0 else []

    # On the server.

    def mine(self, state=None):
        """The tasks that bear the mark of this study."""
        tasks = (state or self.bed.state())["tasks"].values()
        return [t for t in tasks if property_of(t, "hpo_study").startswith(self.name + "-")]

    def clones(self, state=None):
        return [t for t in self.mine(state) if property_of(t, "hpo_trial") != ""]

    def optimizers(self, state=None):
        return [t for t in self.mine(state) if t["type"] == "optimizer"]

    def alive(self):
        return [t for t in self.clones() if t["status"] in ALIVE]

    def wrong(self, count, ended="completed", states=("completed",)):
        """What is not as it should be after `count` trials: a list of sentences."""
        trials, state = self.trials(), self.bed.state()
        clones, faults = self.clones(state), []
        if [t["number"] for t in trials] != list(range(count)):
            faults.append("trials are %s" % [t["number"] for t in trials])
        faults += ["trial %d is %s: %s" % (t["number"], t["state"], t["reason"])
                   for t in trials if t["state"] not in states]
        faults += ["clone %s of trial %s is left %s" % (t["id"][:6], number_of(t), t["status"])
                   for t in clones if t["status"] in ALIVE]
        for trial in trials:
            faults += wrong_trial(trial, [c for c in clones if number_of(c) == trial["number"]])
        optimizers = self.optimizers(state)
        if [t["status"] for t in optimizers] != [ended]:
            faults.append("optimizer tasks are %s" % [t["status"] for t in optimizers])
        return faults


def property_of(task, name):
    return task.get("hyperparams", {}).get("properties", {}).get(name, {}).get("value", "")


def number_of(task):
    return int(property_of(task, "hpo_trial"))


def objective_of(task, title="validation", series="loss"):
    """The last value of a metric as the server has it."""
    for metric in task.get("last_metrics", {}).values():
        for entry in metric.values():
            if (entry["metric"], entry["variant"]) == (title, series):
                return entry["value"]
    return None


def wrong_trial(trial, clones):
    """What the clones of one trial say against it."""
    faults, good = [], [c for c in clones if c["status"] not in ENDED_BADLY]
    if trial["state"] != "completed":
        return []
    if len(good) > 1:
        faults.append("trial %d was run %d times" % (trial["number"], len(good)))
    own = [c for c in clones if c["id"] == trial["task"]]
    if not own:
        faults.append("trial %d has no clone" % trial["number"])
    elif objective_of(own[0]) != trial["values"][0]:
        faults.append("trial %d has %s, its clone %s" % (trial["number"], trial["values"][0],
                                                        objective_of(own[0])))
    else:
        given = {"%s/%s" % (s, n): i["value"] for s, items in own[0]["hyperparams"].items()
                 for n, i in items.items()}
        faults += ["trial %d has %s = %s, its clone %s" % (trial["number"], k, v, given.get(k))
                   for k, v in trial["params"].items()
                   if isinstance(v, (int, float)) and float(given.get(k, "nan")) != v]
    return faults


class Door:
    """A port that passes connections on to another one while it is open.

    Closed, it is still held by a socket that does not listen: nobody else gets it meanwhile, nor
    does somebody who knocks at it by chance get it as his own, and so an answer.
    """

    def __init__(self, url):
        self._to = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
        self._pairs, self._lock = [], threading.Lock()
        self._socket = None
        self._holder = socket.socket()
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind(("127.0.0.1", 0))
        self.port = self._holder.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self.open()

    def __del__(self):
        self._holder.close()

    def open(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self._socket = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._to)
            except OSError:
                return
            with self._lock:
                self._pairs.append((near, far))
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(a, b), daemon=True).start()

    @staticmethod
    def _pass_on(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        """New connections are refused and those that there are break."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()


def end(process, number=signal.SIGKILL):
    """Ends a process of ours; what it has printed."""
    if process.poll() is None:
        process.send_signal(number)
    return process.communicate(timeout=LIMIT_S)


__all__ = ["ALIVE", "Bed", "Door", "DRIVER", "HPO", "LIMIT_S", "Run", "SECRET_KEY", "SPACE", "end",
           "number_of", "objective_of", "property_of", "signal_and_wait", "wait_until"]
