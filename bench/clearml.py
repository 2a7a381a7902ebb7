#!/usr/bin/env python3
"""Prints what an optimisation costs, beside ClearML's own, on the same task, queue and agents.

    bench/clearml.py [--trials 20] [--slots 4] [--seconds 4] [--polls 3,20]
                     [--agent real|sdk|plain] [--only NAME …]

Each driver gets a stand-in server of its own. --agent says who runs the trials: "real" is
clearml-agent running tests/support/clearml/train.py, "sdk" the tests' agent running it, "plain"
the tests' agent with a scripted objective, whose trials last --seconds, a quarter more or less,
lest they keep step with the polls; to those of the others their start is added. A pilot on each
server measures how long a trial takes there, and the poll period is such that it is polled as
often as --polls says. HPO is the command; the build must have the clearml backend.

Only the driver's requests count, not those of agents and trials. A worker is idle from the end of
a trial to the start of its next; that holds the agent's own delay too. "search" is from the start
of the first trial to the end of the last, "wall" the life of the driver's process. "peak" is its
resident memory with the shared libraries, "own" without them.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(ROOT, "tests/support/clearml"))

import base_task  # noqa: E402
import real       # noqa: E402
from launch import Standin  # noqa: E402

HPO = os.path.abspath(os.environ.get("HPO", os.path.join(ROOT, ".build/cc/hpo")))
DRIVER = "bench-driver"
QUEUE = "bench"
EPOCHS = 8

SPACE = [
    {"name": "Args/lr", "type": "LogUniformParameterRange", "min_value": -3, "max_value": 0},
    {"name": "Args/layers", "type": "UniformIntegerParameterRange", "min_value": 1,
     "max_value": 3},
    {"name": "Args/act", "type": "DiscreteParameterRange", "values": ["tanh", "relu", "sigmoid"]},
    {"name": "General/momentum", "type": "UniformParameterRange", "min_value": 0,
     "max_value": 0.95},
]

OBJECTIVE = """
import math
def f(params):
    lr, momentum = float(params["Args/lr"]), float(params["General/momentum"])
    best = (math.log10(lr) + 1.5) ** 2 / 4 + (momentum - 0.6) ** 2 + 0.1 * params["Args/layers"]
    pause = params["Args/pause"] * (0.75 + 0.5 * (lr * 1e4 % 1))
    for epoch in range(1, params["Args/epochs"] + 1):
        yield epoch, {"validation/loss": best + 1 / epoch}, pause
"""

# The program of ClearML's users, without the delay that HyperParameterOptimizer adds to its report.
CLEARML = """
import json, sys
from clearml import Task
from clearml import automation
base, queue, kind, space, slots, trials, period = json.loads(sys.argv[1])
if kind == "OptimizerOptuna":
    from clearml.automation.optuna import OptimizerOptuna as strategy
else:
    strategy = getattr(automation, kind)
ranges = [getattr(automation, p.pop("type"))(**p) for p in space]
task = Task.init("Bench", kind, task_type=Task.TaskTypes.optimizer,
                 auto_connect_frameworks=False, auto_resource_monitoring=False)
optimizer = automation.HyperParameterOptimizer(
    base_task_id=base, hyper_parameters=ranges, objective_metric_title="validation",
    objective_metric_series="loss", objective_metric_sign="min", optimizer_class=strategy,
    max_number_of_concurrent_tasks=slots, execution_queue=queue, total_max_jobs=trials,
    max_iteration_per_job=1000, pool_period_min=period / 60)
optimizer.set_report_period(0.1)
optimizer.start()
optimizer.wait()
optimizer.stop()
task.close()
"""


def of_clearml(kind):
    def command(args, base, period):
        values = [base, QUEUE, kind, SPACE, args.slots, args.trials, period]
        return [real.python(), "-c", CLEARML, json.dumps(values)]
    return command


def of_hpo(kind):
    def command(args, base, period):
        return [HPO, "search", "--backend", "clearml", "--task-id", base, "--queue", QUEUE,
                "--optimizer-class", kind, "--params-search", *map(json.dumps, SPACE),
                "--objective-metric-title", "validation", "--objective-metric-series", "loss",
                "--objective-metric-sign", "min", "--total-max-jobs", str(args.trials),
                "--max-number-of-concurrent-tasks", str(args.slots),
                "--max-iteration-per-job", "1000", "--save-top-k-tasks-only", "-1",
                "--pool-period-min", "%.6g" % (period / 60)]
    return command


DRIVERS = {"ClearML RandomSearch": of_clearml("RandomSearch"),
           "hpo RandomSearch": of_hpo("RandomSearch"),
           "ClearML OptimizerOptuna": of_clearml("OptimizerOptuna"),
           "hpo OptimizerOptuna": of_hpo("OptimizerOptuna")}


class Memory(threading.Thread):
    """Follows the peaks of a process's memory, all and anonymous, until the process is gone."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self._path = "/proc/%d/status" % pid
        self.peak_mb = self.own_mb = 0.0

    def run(self):
        while True:
            try:
                with open(self._path) as f:
                    sizes = dict(line.split(":", 1) for line in f)
            except OSError:
                return
            if "VmHWM" not in sizes:
                return
            self.peak_mb = int(sizes["VmHWM"].split()[0]) / 1024
            self.own_mb = max(self.own_mb, int(sizes["RssAnon"].split()[0]) / 1024)
            time.sleep(0.02)


def start_agents(args, standin, folder):
    """Whoever runs the trials; they end with the stand-in or by the returned object's end()."""
    if args.agent == "real":
        return real.Agents(standin, QUEUE, args.slots, period=0.2)
    options = ["--queue", QUEUE, "--workers", str(args.slots), "--period", "0.1"]
    if args.agent == "plain":
        path = os.path.join(folder, "objective.py")
        with open(path, "w") as f:
            f.write(OBJECTIVE)
        options += ["--objective", path]
    else:
        options += ["--python", real.python()]
    standin.agent(*options)
    return None


def seconds(date):
    return datetime.fromisoformat(date).timestamp()


def trials_of(state, base):
    """The trials that ran, each as (worker, start, end, best loss or None)."""
    found = []
    for task in state["tasks"].values():
        if task["type"] == "optimizer" or task["id"] == base or not task.get("started"):
            continue
        losses = [v["value"] for m in task["last_metrics"].values() for v in m.values()
                  if (v["metric"], v["variant"]) == ("validation", "loss")]
        end = task.get("completed") or task["status_changed"]
        found.append((task.get("last_worker"), seconds(task["started"]), seconds(end),
                      losses[0] if losses else None))
    return sorted(found, key=lambda t: t[1])


def gaps(trials):
    """Seconds that a worker did nothing between two trials."""
    last, found = {}, []
    for worker, start, end, _ in trials:
        if worker in last:
            found.append(max(0.0, start - last[worker]))
        last[worker] = end
    return found


def measure(args, name, polls):
    """A row of the table; a text where the driver failed."""
    with tempfile.TemporaryDirectory() as folder, Standin() as standin:
        client = standin.client("bench")
        client.call("queues.create", name=QUEUE)
        base = base_task.register(client, {"Args/epochs": EPOCHS,
                                           "Args/pause": args.seconds / EPOCHS}, ran=True)
        env = dict(real.environment(standin, folder), CLEARML_WORKER_NAME=DRIVER)
        os.environ["CLEARML_CONFIG_FILE"] = env["CLEARML_CONFIG_FILE"]
        agents = start_agents(args, standin, folder)
        try:
            workers_ready(client, args.slots)
            period = pilot(args, client, base) / polls
            command = DRIVERS[name](args, base, period)
            return run(args, client, base, command, env, folder, period)
        finally:
            if agents:
                agents.end()


def workers_ready(client, count):
    end = time.monotonic() + 60
    while len(client.call("workers.get_all")["workers"]) < count:
        if time.monotonic() > end:
            raise SystemExit("bench/clearml.py: the agents did not start")
        time.sleep(0.1)


def pilot(args, client, base):
    """The mean of the seconds that trials take when every slot is taken; they are deleted."""
    queue = client.call("queues.get_all", name="^%s$" % QUEUE)["queues"][0]["id"]
    ids = [client.call("tasks.clone", task=base, new_task_name="pilot")["id"]
           for _ in range(args.slots)]
    for task in ids:
        client.call("tasks.enqueue", task=task, queue=queue)
    end = time.monotonic() + args.timeout
    while any(t["status"] != "completed" for t in client.call("tasks.get_all", id=ids)["tasks"]):
        if time.monotonic() > end:
            raise SystemExit("bench/clearml.py: the pilot did not end")
        time.sleep(0.2)
    trials = trials_of(client.test("GET", "state"), base)
    client.call("tasks.delete_many", ids=ids, force=True)
    return sum(e - s for _, s, e, _ in trials) / len(trials)


def run(args, client, base, command, env, folder, period):
    begun = time.monotonic()
    with open(os.path.join(folder, "output"), "w+") as output:
        try:
            driver = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                      stdout=output, stderr=subprocess.STDOUT)
        except OSError as e:
            return "failed: %s" % e
        memory = Memory(driver.pid)
        memory.start()
        try:
            status = driver.wait(args.timeout)
        except subprocess.TimeoutExpired:
            driver.kill()
            driver.wait()
            status = "no end within %d s" % args.timeout
        wall = time.monotonic() - begun
        output.seek(0)
        text = output.read()
    memory.join()
    if status:
        return "failed (%s): %s" % (status, text.strip()[-300:])
    trials = trials_of(client.test("GET", "state"), base)
    counts = client.test("GET", "counts?client=" + DRIVER)
    between = gaps(trials)
    if args.verbose:
        print(json.dumps(counts, sort_keys=True), file=sys.stderr)
    return {"trials": len(trials), "requests": sum(counts.values()),
            "each": sum(counts.values()) / max(1, len(trials)),
            "polled": sum(e - s for _, s, e, _ in trials) / max(1, len(trials)) / period,
            "idle": sum(between) / max(1, len(between)), "longest": max(between, default=0),
            "search": trials[-1][2] - trials[0][1] if trials else 0, "wall": wall,
            "memory": memory.peak_mb, "own": memory.own_mb,
            "best": min((t[3] for t in trials if t[3] is not None), default=float("nan"))}


COLUMNS = [("trials", "trials", "%d"), ("polled", "polled", "%.1f"),
           ("requests", "requests", "%d"), ("per trial", "each", "%.1f"),
           ("idle s mean", "idle", "%.2f"), ("idle s max", "longest", "%.2f"),
           ("search s", "search", "%.1f"), ("wall s", "wall", "%.1f"),
           ("peak MB", "memory", "%.1f"), ("own MB", "own", "%.1f"), ("best", "best", "%.4f")]


def show(name, polls, row):
    title = "%-24s %5d" % (name, polls)
    if isinstance(row, str):
        print("%s  %s" % (title, row), flush=True)
    else:
        print(title + "".join("%12s" % (form % row[key]) for _, key, form in COLUMNS), flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--polls", default="3,20")
    parser.add_argument("--agent", choices=("real", "sdk", "plain"), default="real")
    parser.add_argument("--only", action="append", choices=sorted(DRIVERS))
    parser.add_argument("--timeout", type=int, default=600)
    parser.add_argument("--verbose", action="store_true", help="requests for each endpoint")
    return parser.parse_args()


def main():
    args = arguments()
    print("%d trials of %g s, %d slots, agent: %s" % (args.trials, args.seconds, args.slots,
                                                      args.agent))
    print("%-24s %5s" % ("", "polls") + "".join("%12s" % title for title, _, _ in COLUMNS))
    failed = False
    for polls in [int(p) for p in args.polls.split(",")]:
        for name in args.only or DRIVERS:
            row = measure(args, name, polls)
            show(name, polls, row)
            failed = failed or isinstance(row, str)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
