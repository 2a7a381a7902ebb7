"""hpo search --local: clones of a ClearML task that run as processes of this machine.

The tasks are scripts that need no SDK. HPO names the command.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

SUPPORT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/clearml")
sys.path.insert(0, SUPPORT)

from auth import SECRET_KEY  # noqa: E402
from harness import ALIVE, HPO, LIMIT_S, Bed, end, number_of, wait_until  # noqa: E402

SCRIPT = """
import json, os, sys, time
from client import Client

c = Client(os.environ["CLEARML_API_HOST"], "a-script", key=os.environ["CLEARML_API_ACCESS_KEY"],
           secret=os.environ["CLEARML_API_SECRET_KEY"])
me = c.call("tasks.get_by_id", task=os.environ["CLEARML_TASK_ID"])["task"]
values = {n: i["value"] for n, i in me["hyperparams"]["Args"].items()}
with open(os.path.join(os.environ["NOTES"], me["id"] + ".part"), "w") as f:
    json.dump({"pid": os.getpid(), "argv": sys.argv, "environment": dict(os.environ),
               "cwd": os.getcwd(), "command": open("/proc/self/cmdline").read(),
               "parents": open("/proc/%d/cmdline" % os.getppid()).read()}, f)
os.rename(f.name, f.name[:-5])
for i in range(1, int(values["epochs"]) + 1):
    c.batch([{"type": "training_stats_scalar", "task": me["id"], "metric": "validation",
              "variant": "loss", "iter": i, "value": float(values["x"]) ** 2 + 1 / i}])
    print("epoch", i)
    time.sleep(float(values["pause"]))
print("a last word", file=sys.stderr)
sys.exit(int(values["status"]))
"""
PARAMETERS = {"x": ("0.5", "float"), "epochs": ("2", "int"), "pause": ("0.01", "float"),
              "status": ("0", "int")}


def is_there(pid):
    """Whether a process runs; one that nobody waits for is none."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Local(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bed = Bed(workers=0)
        cls.addClassCleanup(cls.bed.end)

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="hpo-local-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.notes, self.temporary = (os.path.join(self.dir, n) for n in ("notes", "tmp"))
        os.mkdir(self.notes)
        os.mkdir(self.temporary)
        self.env = dict(self.bed.standin.environment(), HOME=self.dir, NOTES=self.notes,
                        TMPDIR=self.temporary, PYTHONDONTWRITEBYTECODE="1",
                        CLEARML_PROC_MASTER_ID="1:of-another-task",
                        PYTHONPATH=os.path.abspath(SUPPORT))
        self.env.pop("HPO_STORE", None)

    def base(self, script=None, **values):
        params = {"Args": {n: {"section": "Args", "name": n, "type": kind,
                               "value": str(values.get(n, value))}
                           for n, (value, kind) in PARAMETERS.items()}}
        return self.bed.client.call(
            "tasks.create", name="local", type="training", hyperparams=params,
            script=dict({"binary": "python3", "entry_point": "train.py", "diff": SCRIPT},
                        **(script or {})))["id"]

    def command(self, base, *flags):
        return [HPO, "search", "--task-id", base, "--local", "--name", "here", "--params-search",
                '{"name": "Args/x", "type": "UniformParameterRange", "min_value": -2, '
                '"max_value": 2}', "--objective-metric-title", "validation",
                "--objective-metric-series", "loss", "--objective-metric-sign", "min",
                "--pool-period-min", "0.002", "--save-top-k-tasks-only", "-1", *flags]

    def start(self, base, *flags):
        child = subprocess.Popen(self.command(base, *flags), cwd=self.dir, env=self.env, text=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        self.addCleanup(end, child)
        return child

    def search(self, base, *flags, status=0):
        done = subprocess.run(self.command(base, *flags), cwd=self.dir, env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=360)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def clones(self, base):
        """The clones of the optimizer task that has this base, in the order of their trials."""
        tasks = self.bed.state()["tasks"].values()
        parents = [t["id"] for t in tasks if t["type"] == "optimizer" and base ==
                   t["hyperparams"]["General"]["opt/base_task_id"]["value"]]
        return sorted([t for t in tasks if t.get("parent") in parents], key=number_of)

    def noted(self):
        """What the processes noted, by task."""
        found = {}
        for name in os.listdir(self.notes):
            if not name.endswith(".part"):
                with open(os.path.join(self.notes, name)) as f:
                    found[name] = json.load(f)
        return found

    def pids(self):
        return [n["pid"] for n in self.noted().values()]

    def log(self, number, folder="hpo-logs/here"):
        with open(os.path.join(self.dir, folder, "%d.log" % number)) as f:
            return f.read()

    def assert_tidy(self):
        """No process is left, and no folder of a script."""
        self.assertTrue(wait_until(lambda: not [p for p in self.pids() if is_there(p)]))
        self.assertEqual(os.listdir(self.temporary), [])

    def test_clones_run_here_and_are_completed(self):
        base = self.base()

        done = self.search(base, "--trials", "4", "--concurrent", "2")

        clones = self.clones(base)
        self.assertEqual([c["status"] for c in clones], ["completed"] * 4)
        self.assertIn("4 completed", done.stdout)
        for clone in clones:
            self.assertEqual(clone["last_iteration"], 2)
        self.assert_tidy()

    def test_the_environment_is_that_of_clearmls_local_jobs(self):
        base = self.base()

        self.search(base, "--trials", "4", "--concurrent", "2")

        for task, noted in self.noted().items():
            environment = noted["environment"]
            for name, value in (
                    ("CLEARML_TASK_ID", task), ("CLEARML_SIMULATE_REMOTE_TASK", "1"),
                    ("CLEARML_LOG_TASK_TO_BACKEND", "1"), ("PYTHONUNBUFFERED", "1"),
                    ("HPO_STUDY", "here"), ("CLEARML_API_HOST", self.bed.standin.url),
                    ("CLEARML_API_SECRET_KEY", SECRET_KEY)):
                self.assertEqual(environment.get(name), value, name)
            self.assertIn(environment["HPO_SLOT"], ("0", "1"))
            self.assertNotIn("CLEARML_PROC_MASTER_ID", environment)
            self.assertEqual(os.path.basename(noted["argv"][0]), "train.py")
            self.assertNotIn(SECRET_KEY, noted["command"] + noted["parents"])
            self.assertEqual(os.path.realpath(noted["cwd"]), os.path.realpath(self.dir))

    def test_a_script_is_run_by_the_program_that_its_task_names(self):
        with open(os.path.join(self.dir, "helper.py"), "w") as f:
            f.write(SCRIPT)
        shell = "test -n \"$BASH_VERSION\" || exit 9\nexec python3 helper.py\n"
        for binary, text in (("bash", shell), ("/usr/local/other/bin/bash", shell),
                             ("python3.99", SCRIPT), ("python3 -u", SCRIPT), ("", SCRIPT)):
            with self.subTest(binary=binary):
                base = self.base({"binary": binary, "diff": text})

                self.search(base, "--trials", "1", "--store", "sqlite:%s.db" % hash(binary))

    def test_the_exit_status_decides(self):
        base = self.base(status=3)

        done = self.search(base, "--trials", "2", status=2)

        self.assertEqual([c["status"] for c in self.clones(base)], ["failed", "failed"])
        for clone in self.clones(base):
            self.assertIn("exit status 3", clone["status_reason"])
        self.assertIn("2 failed", done.stdout)
        self.assert_tidy()

    def test_what_is_printed_is_kept(self):
        base = self.base()

        self.search(base, "--trials", "2")
        self.search(base, "--trials", "3", "--log-dir", "elsewhere")

        for text in (self.log(0), self.log(1), self.log(2, "elsewhere")):
            self.assertIn("epoch 1\nepoch 2\n", text)
            self.assertIn("a last word\n", text)

    def test_a_repository_is_run_where_it_is_checked_out(self):
        os.mkdir(os.path.join(self.dir, "src"))
        with open(os.path.join(self.dir, "src/train.py"), "w") as f:
            f.write(SCRIPT)
        script = {"repository": "https://example.invalid/r.git", "working_dir": "src", "diff": ""}
        base = self.base(script)

        self.search(base, "--trials", "1")
        missing = self.search(self.base(dict(script, working_dir="lost")), "--trials", "1",
                              "--store", "sqlite:other.db", status=1)

        noted, = self.noted().values()
        self.assertEqual(os.path.realpath(noted["cwd"]),
                         os.path.realpath(os.path.join(self.dir, "src")))
        self.assertIn("'lost'", missing.stderr)

    def test_a_program_that_is_missing_is_refused_before_anything_is_cloned(self):
        base = self.base({"binary": "no-such-program"})
        before = set(self.bed.state()["tasks"])

        done = self.search(base, "--trials", "1", status=1)

        self.assertIn("no-such-program", done.stderr)
        self.assertEqual(set(self.bed.state()["tasks"]) - before, set())

    def test_a_driver_that_is_killed_leaves_no_process_and_is_resumed(self):
        base = self.base(epochs=20, pause=0.05)
        child = self.start(base, "--trials", "4", "--concurrent", "2")
        self.assertTrue(wait_until(lambda: len(self.noted()) >= 2))

        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=LIMIT_S)
        self.assertTrue(wait_until(lambda: not [p for p in self.pids() if is_there(p)]))
        self.search(base, "--trials", "4", "--concurrent", "2")

        trials = json.loads(subprocess.run(
            [HPO, "trials", "here", "--json"], cwd=self.dir, env=self.env, capture_output=True,
            text=True, check=True).stdout)["trials"]
        self.assertEqual([t["state"] for t in trials], ["completed"] * 4)
        self.assertEqual([c for c in self.clones(base) if c["status"] in ALIVE], [])
        state = {c["id"]: c["status"] for c in self.clones(base)}
        self.assertEqual([state[t["task"]] for t in trials], ["completed"] * 4)

    def test_ctrl_c_ends_processes_and_tasks(self):
        base = self.base(epochs=100000, pause=0.05)
        child = self.start(base, "--trials", "4", "--concurrent", "2")
        self.assertTrue(wait_until(lambda: len(self.noted()) >= 2))

        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=LIMIT_S)

        self.assertEqual(child.returncode, 130, out + err)
        self.assert_tidy()
        self.assertEqual([c for c in self.clones(base) if c["status"] in ALIVE], [])

    def test_a_task_that_somebody_stops_ends_its_process(self):
        base = self.base(epochs=100000, pause=0.05)
        child = self.start(base, "--trials", "1")
        self.assertTrue(wait_until(self.noted))

        self.bed.act("stopped", next(iter(self.noted())))
        out, err = child.communicate(timeout=LIMIT_S)

        self.assertEqual(child.returncode, 2, out + err)
        self.assert_tidy()

    def test_a_task_at_its_last_iteration_is_ended(self):
        base = self.base(epochs=100000, pause=0.05)

        done = self.search(base, "--trials", "2", "--max-iteration-per-job", "3")

        self.assertIn("2 completed", done.stdout)
        self.assert_tidy()
        self.assertEqual([c["status"] for c in self.clones(base)], ["stopped"] * 2)


if __name__ == "__main__":
    unittest.main()
