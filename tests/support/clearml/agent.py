#!/usr/bin/env python3
"""A small agent: pulls tasks from queues and runs them for real, several at a time.

    agent.py --api URL [--files URL] [--web URL] [--queue default] [--workers 4] [--period 0.2]
             [--objective FILE.py] [--watch-period 0.2] [--report-period 10] [--pull-delay 0]
             [--grace 2] [--name host] [--python PROGRAM] [--idle-exit SECONDS]

A task's script runs as a process of its own. With --objective, the function f(params) of that
file stands for every script: it yields (iteration, {"metric/variant": value}, seconds to sleep),
iteration None for a single value. The parameters are cast by their types.
"""
import argparse
import os
import signal
import socket
import sys
import threading
import time

from client import CallFailed, Client
from jobs import Objective, Script

RESETS = 4
ENDED = ("closed", "stopped", "failed", "published", "publishing", "queued", "completed")
NAME = "hpo-test-agent"


class Agent:
    def __init__(self, args, client):
        self.args = args
        self.client = client
        self.queues = [self._queue(name) for name in args.queue]
        self.free = ["%s:%d" % (args.name, n) for n in range(args.workers)]
        self.running = {}
        self.ending = threading.Event()
        self.wake = threading.Event()
        self._lock = threading.Lock()
        self._due = {"watch": 0.0, "report": 0.0}
        self._idle_since = time.monotonic()

    def _queue(self, name):
        """The id of a queue; it is made if there is none of that name."""
        found = [q for q in self.client.call("queues.get_all", search_hidden=True)["queues"]
                 if name in (q["id"], q["name"])]
        return found[0]["id"] if found else self.client.call("queues.create", name=name)["id"]

    def run(self):
        for worker in self.free:
            self._quietly("workers.register", worker=worker, queues=self.queues, timeout=600)
        while not self.ending.is_set() and not self._idle_too_long():
            self._pull()
            if self._is_due("watch", self.args.watch_period):
                self._watch()
            if self._is_due("report", self.args.report_period):
                self._report()
            self.wake.wait(self.args.period)
            self.wake.clear()
        self._end()

    def _is_due(self, name, period):
        if time.monotonic() < self._due[name]:
            return False
        self._due[name] = time.monotonic() + period
        return True

    def _idle_too_long(self):
        if self.running:
            self._idle_since = time.monotonic()
        idle = time.monotonic() - self._idle_since
        return self.args.idle_exit is not None and idle > self.args.idle_exit

    def _quietly(self, endpoint, **fields):
        """The data of a call, or None where it fails: an agent goes on."""
        try:
            return self.client.call(endpoint, fields)
        except CallFailed as e:
            print("%s: %s" % (endpoint, e), flush=True)
        except OSError as e:
            print("%s: %s" % (endpoint, e), flush=True)
            self.ending.wait(self.args.period)
        return None

    # Pulling.

    def _pull(self):
        """Fills the free slots from the queues, the first queue first."""
        while self.free and not self.ending.is_set():
            for queue in self.queues:
                data = self._quietly("queues.get_next_task", queue=queue, get_task_info=True)
                if data and data.get("entry"):
                    self._start(data["entry"]["task"], queue)
                    break
            else:
                return

    def _start(self, task_id, queue):
        if self.args.pull_delay:
            time.sleep(self.args.pull_delay)
        if self._quietly("tasks.started", task=task_id, force=True,
                         status_message="pulled by agent") is None:
            return
        with self._lock:
            worker = self.free.pop(0)
        self._quietly("workers.status_report", worker=worker, task=task_id, queue=queue,
                      queues=self.queues, timestamp=int(time.time() * 1000))
        slot = Slot(self, worker, task_id, queue)
        with self._lock:
            self.running[task_id] = slot
        threading.Thread(target=slot.run, daemon=True).start()

    def done(self, slot):
        with self._lock:
            if self.running.get(slot.task_id) is slot:
                del self.running[slot.task_id]
            self.free.append(slot.worker)
        self._quietly("workers.status_report", worker=slot.worker, queues=self.queues,
                      timestamp=int(time.time() * 1000))
        self.wake.set()

    # Watching.

    def _watch(self):
        with self._lock:
            slots = list(self.running.values())
        for start in range(0, len(slots), 500):
            part = slots[start:start + 500]
            data = self._quietly("tasks.get_all", id=[s.task_id for s in part], page=0,
                                 page_size=500, search_hidden=True,
                                 only_fields=["id", "status", "status_message"])
            if data is not None:
                tasks = {t["id"]: t for t in data["tasks"]}
                for slot in part:
                    slot.look_at(tasks.get(slot.task_id))

    def _report(self):
        with self._lock:
            slots, free = list(self.running.values()), list(self.free)
        for slot in slots:
            self._quietly("workers.status_report", worker=slot.worker, task=slot.task_id,
                          queue=slot.queue, queues=self.queues, machine_stats={},
                          timestamp=int(time.time() * 1000))
        for worker in free[:16]:
            self._quietly("workers.status_report", worker=worker, queues=self.queues,
                          timestamp=int(time.time() * 1000))

    def _end(self):
        """The agent was told to end: so are its tasks, as if a user had aborted them."""
        with self._lock:
            slots = list(self.running.values())
        for slot in slots:
            slot.stop("interrupt")
        until = time.monotonic() + self.args.grace + 2
        while self.running and time.monotonic() < until:
            time.sleep(0.05)
        for worker in list(self.free):
            self._quietly("workers.unregister", worker=worker)


class Slot:
    """One task that runs: from the start of its job until its status says how it ended."""

    def __init__(self, agent, worker, task_id, queue):
        self.agent = agent
        self.worker = worker
        self.task_id = task_id
        self.queue = queue
        self.reason = None
        self._resets = 0
        self._job = None
        self._lock = threading.Lock()

    def run(self):
        try:
            status = self._work()
            self._conclude(status)
        except (CallFailed, OSError) as e:
            print("task %s: %s" % (self.task_id, e), flush=True)
        finally:
            self.agent.done(self)

    def _work(self):
        client = self.agent.client
        self.log("task %s pulled from %s by worker %s" % (self.task_id, self.queue, self.worker))
        task = client.call("tasks.get_by_id", task=self.task_id)["task"]
        client.call("tasks.started", task=self.task_id, status_message="launch by agent",
                    force=True)
        kind = Objective if self.agent.args.objective else Script
        job = kind(self.agent.args, client, task, self.worker, self.log)
        with self._lock:
            self._job = job
            if self.reason:
                job.stop()
        return job.run()

    def look_at(self, task):
        """Ends the job where the task's status asks for it."""
        if task is None:
            return self.stop("deleted")
        status, message = task["status"], task.get("status_message") or ""
        self._resets = self._resets + 1 if status == "created" else 0
        if status == "in_progress" and "stopping" in message:
            self.stop("stopping")
        elif status in ENDED and not (status == "completed" and self.agent.args.objective is None):
            self.stop(status)
        elif self._resets >= RESETS:
            self.stop("reset")

    def stop(self, reason):
        with self._lock:
            if self.reason is None:
                self.reason = reason
                if self._job:
                    self._job.stop()

    def _conclude(self, status):
        call, message = self.agent.client.call, "Changed by clearml-agent " + self.worker
        if self.reason in ("stopping", "interrupt"):
            self.log("Process aborted by user")
            reason = "user abort" if self.reason == "interrupt" else \
                "task was stopped by tasks.stop"
            call("tasks.stopped", task=self.task_id, status_reason=reason, status_message=message)
        elif self.reason:
            print("task %s: ended, %s" % (self.task_id, self.reason), flush=True)
        elif status == 0:
            call("tasks.completed", task=self.task_id, status_message=message,
                 status_reason="worker execution done")
        else:
            call("tasks.failed", task=self.task_id, status_message=message,
                 status_reason="worker execution exit code %s" % status)

    def log(self, *lines):
        """Writes lines to the task's console."""
        now = int(time.time() * 1000)
        try:
            self.agent.client.batch([{"type": "log", "task": self.task_id, "level": "info",
                                      "worker": self.worker, "msg": line, "timestamp": now}
                                     for line in lines])
        except (CallFailed, OSError):
            pass


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--api", default=os.environ.get("CLEARML_API_HOST"))
    parser.add_argument("--files", default=os.environ.get("CLEARML_FILES_HOST"))
    parser.add_argument("--web", default=os.environ.get("CLEARML_WEB_HOST"))
    parser.add_argument("--queue", action="append")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--period", type=float, default=0.2)
    parser.add_argument("--watch-period", type=float, default=0.2)
    parser.add_argument("--report-period", type=float, default=10)
    parser.add_argument("--pull-delay", type=float, default=0,
                        help="seconds between taking a task and starting it")
    parser.add_argument("--grace", type=float, default=2,
                        help="seconds between the first signal and the last")
    parser.add_argument("--name", default=socket.gethostname())
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--objective", help="a file with the function f(params)")
    parser.add_argument("--idle-exit", type=float, help="end after so long without a task")
    args = parser.parse_args()
    args.queue = args.queue or ["default"]
    if not args.api:
        parser.error("--api or CLEARML_API_HOST is needed")
    return args


def main():
    args = arguments()
    agent = Agent(args, Client(args.api.rstrip("/"), NAME, args.name))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: (agent.ending.set(), agent.wake.set()))
    print("agent %s: %d slots" % (args.name, args.workers), flush=True)
    agent.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
