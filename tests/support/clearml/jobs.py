"""What a task runs as: its script in a process, or a scripted objective in a thread."""
import json
import os
import runpy
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import traceback

from auth import ACCESS_KEY, SECRET_KEY
from eventstore import SINGLE_VALUE

LOG_PERIOD_S = 0.5
KILLED = -1


class Script:
    """The stand-alone script of a task, written to a folder of its own and run there."""

    def __init__(self, args, client, task, worker, log):
        self._args = args
        self._task = task
        self._worker = worker
        self._log = log
        self._process = None
        self._stopped = threading.Event()
        self._lock = threading.Lock()

    def run(self):
        """The exit status; what the script prints goes to the task's console."""
        folder = tempfile.mkdtemp(prefix="hpo-agent-")
        try:
            with self._lock:
                if self._stopped.is_set():
                    return KILLED
                self._process = subprocess.Popen(
                    self._command(folder), cwd=folder, env=self._environment(),
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    start_new_session=True)
            self._follow()
            return self._process.wait()
        except OSError as e:
            self._log("cannot start the script: %s" % e)
            return 127
        finally:
            shutil.rmtree(folder, True)

    def _command(self, folder):
        script = self._task.get("script") or {}
        binary = shlex.split(script.get("binary") or "python3")
        if os.path.basename(binary[0]).startswith("python"):
            binary[0] = self._args.python
        entry = shlex.split(script.get("entry_point") or "script.py")
        if script.get("diff"):
            path = os.path.join(folder, entry[0])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(script["diff"])
        return binary + entry

    def _environment(self):
        known = {"CLEARML_TASK_ID": self._task["id"], "CLEARML_API_HOST": self._args.api,
                 "CLEARML_WEB_HOST": self._args.web, "CLEARML_FILES_HOST": self._args.files,
                 "CLEARML_API_ACCESS_KEY": ACCESS_KEY, "CLEARML_API_SECRET_KEY": SECRET_KEY,
                 "CLEARML_WORKER_ID": self._worker, "CLEARML_WORKER_NAME": self._worker,
                 "PYTHONUNBUFFERED": "1"}
        return dict(os.environ, **{k: v for k, v in known.items() if v})

    def _follow(self):
        """Hands on what is printed, in lots, until the script closes its output."""
        lines, lock = [], threading.Lock()

        def flush():
            with lock:
                lot, lines[:] = lines[:], []
            if lot:
                self._log(*lot)

        ended = threading.Event()

        def regularly():
            while not ended.wait(LOG_PERIOD_S):
                flush()

        thread = threading.Thread(target=regularly, daemon=True)
        thread.start()
        for line in self._process.stdout:
            with lock:
                lines.append(line.decode("utf-8", "replace").rstrip("\n"))
        self._process.stdout.close()
        ended.set()
        thread.join()
        flush()

    def stop(self):
        """Ends the script with all that it has started: first by asking."""
        with self._lock:
            self._stopped.set()
            if self._process and self._process.poll() is None:
                threading.Thread(target=self._kill, daemon=True).start()

    def _kill(self):
        self._signal(signal.SIGTERM)
        until = time.monotonic() + self._args.grace
        while self._process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        self._signal(signal.SIGKILL)

    def _signal(self, number):
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass


class Objective:
    """The function f(params) of a file, reporting what it yields as a task would."""

    _functions = {}
    _lock = threading.Lock()

    def __init__(self, args, client, task, worker, log):
        self._client = client
        self._task = task
        self._worker = worker
        self._log = log
        self._file = args.objective
        self._stopped = threading.Event()

    def run(self):
        try:
            for iteration, values, seconds in self._function()(parameters(self._task)):
                if self._stopped.is_set():
                    return KILLED
                self._report(iteration, values)
                if seconds and self._stopped.wait(seconds):
                    return KILLED
        except SystemExit as e:
            return e.code if isinstance(e.code, int) else int(e.code is not None)
        except Exception:
            self._log(*traceback.format_exc().splitlines())
            return 1
        return 0

    def _function(self):
        with self._lock:
            if self._file not in self._functions:
                self._functions[self._file] = runpy.run_path(self._file)["f"]
            return self._functions[self._file]

    def _report(self, iteration, values):
        now = int(time.time() * 1000)
        iteration = SINGLE_VALUE if iteration is None else iteration
        events = []
        for name, value in values.items():
            metric, _, variant = name.partition("/")
            events.append({"type": "training_stats_scalar", "task": self._task["id"],
                           "metric": metric, "variant": variant, "iter": iteration,
                           "value": value, "timestamp": now, "worker": self._worker})
        if events:
            self._client.batch(events)

    def stop(self):
        self._stopped.set()


def parameters(task):
    """The parameters of a task as "section/name", each cast by its type as the SDK does."""
    return {"%s/%s" % (section, name): cast(item["value"], item.get("type") or "")
            for section, items in (task.get("hyperparams") or {}).items()
            for name, item in items.items()}


def cast(text, kind):
    """The value of a parameter; text that its type does not fit stays text."""
    try:
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
        if kind == "bool":
            return {"true": True, "1": True, "yes": True}.get(text.lower(), False)
        if kind.startswith(("list", "dict", "tuple")):
            return json.loads(text)
    except ValueError:
        pass
    return text
