"""hpo search on a ClearML server as people type it: by the flags of clearml-param-search.

HPO names the command. All but the last run against the stand-in with its quick agent; what the
library does there when things go wrong is tested in clearml_faults.py.
"""
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/clearml"))

import base_task  # noqa: E402
import real       # noqa: E402
from auth import SECRET_KEY  # noqa: E402
from harness import (  # noqa: E402
    ALIVE, HPO, LIMIT_S, Bed, Door, end, objective_of, wait_until)
from launch import Standin  # noqa: E402

# Whatever parameters a task has: the nearer they are to 0, 1 and 128, the better.
OBJECTIVE = """
def f(params):
    if params.get("Args/status") == 1:
        raise SystemExit(1)
    loss = (float(params.get("Args/x", 0)) ** 2 + abs(float(params.get("Args/layers", 1)) - 1)
            + abs(int(params.get("General/layer_1", 128)) - 128) / 1000)
    for i in range(1, int(params.get("Args/epochs", 3)) + 1):
        yield i, {"validation/loss": loss + 1 / i, "validation/epoch_accuracy": 1 / (1 + loss)}, \\
            float(params.get("Args/pause", 0.02))
"""
PARAMETERS = {"Args": {"x": ("0.5", "float"), "layers": ("2", "int"), "epochs": ("3", "int"),
                       "pause": ("0.02", "float"), "status": ("0", "int"),
                       "nesterov": ("False", "bool")},
              "General": {"lr": ("0.01", "float"), "act": ("tanh", "str"),
                          "optimizer/decay": ("0.0", "float")}}

# Word for word the example of ClearML's documentation, but for the program's name.
DOCUMENTED = """
--script keras_simple.py --params-search '{"type": "UniformIntegerParameterRange",
"name": "General/layer_1", "min_value": 128, "max_value": 512, "step_size": 128}'
'{"type": "UniformIntegerParameterRange", "name": "General/layer_2", "min_value": 128,
"max_value": 512, "step_size": 128}' '{"type": "DiscreteParameterRange",
"name": "General/batch_size", "values": [96, 128, 160]}'
--params-override '{"name": "epochs", "value": 30}'
--objective-metric-title validation --objective-metric-series epoch_accuracy
--objective-metric-sign max --optimizer-class OptimizerOptuna --queue default
"""
SEARCHED = ("--params-search",
            '{"name": "General/lr", "type": "LogUniformParameterRange", "min_value": -4, '
            '"max_value": -1}',
            '{"name": "Args/x", "type": "UniformParameterRange", "min_value": -2, '
            '"max_value": 2}',
            '{"name": "Args/layers", "type": "UniformIntegerParameterRange", "min_value": 1, '
            '"max_value": 4}',
            '{"name": "General/act", "type": "DiscreteParameterRange", '
            '"values": ["tanh", "relu"]}')
ONE = ("--params-search",
       '[{"name": "Args/x", "type": "UniformParameterRange", "min_value": -2, "max_value": 2}]')
LOSS = ("--objective-metric-title", "validation", "--objective-metric-series", "loss",
        "--objective-metric-sign", "min_global")
SWIFT = ("--pool-period-min", "0.003")


class Search:
    """A search that ended: what it printed, and what it left on the server."""

    def __init__(self, done, tasks):
        self.done = done
        self.out = done.stdout
        self.err = done.stderr
        self.optimizers = [t for t in tasks if t["type"] == "optimizer"]
        self.clones = [t for t in tasks if t.get("parent")]
        self.others = [t for t in tasks if t not in self.optimizers and t not in self.clones]

    @property
    def optimizer(self):
        one, = self.optimizers
        return one

    def top(self):
        """The ids that it printed, best first."""
        lines = self.out.splitlines()
        return [li.strip() for li in lines[lines.index("top tasks:") + 1:] if li.strip()]


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bed = Bed(objective=OBJECTIVE)
        cls.addClassCleanup(cls.bed.end)
        cls.base = cls.make_base()

    @classmethod
    def make_base(cls, name="base task", **values):
        """A base task that has run; `values` of its section Args in place of the defaults."""
        params = {section: {n: {"section": section, "name": n, "type": kind,
                                "value": str(values.get(n, value))}
                            for n, (value, kind) in items.items()}
                  for section, items in PARAMETERS.items()}
        task = cls.bed.client.call("tasks.create", name=name, type="training", hyperparams=params,
                                   script={"binary": "python3", "entry_point": "train.py",
                                           "diff": "pass\n"})["id"]
        cls.bed.client.call("tasks.started", task=task)
        cls.bed.client.batch([{"type": "training_stats_scalar", "task": task, "iter": 1,
                               "metric": "validation", "variant": v, "value": 1.0}
                              for v in ("loss", "epoch_accuracy")])
        cls.bed.client.call("tasks.completed", task=task)
        return task

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="hpo-clearml-cli-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.env = dict(self.bed.standin.environment(), HOME=self.dir)
        self.env.pop("HPO_STORE", None)

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(text)

    def hpo(self, *args, status=0):
        done = subprocess.run([HPO, *args], cwd=self.dir, env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=360)
        self.assertEqual(done.returncode, status, f"{args}: {done.stdout}{done.stderr}")
        self.assertNotIn(SECRET_KEY, done.stdout + done.stderr)
        return done

    def search(self, *args, status=0):
        before = self.bed.state()["tasks"]
        done = self.hpo("search", *args, status=status)
        return Search(done, [t for i, t in self.bed.state()["tasks"].items() if i not in before])

    def start(self, *args):
        child = subprocess.Popen([HPO, "search", *args], cwd=self.dir, env=self.env, text=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        self.addCleanup(end, child)
        return child

    def refused(self, *args, names):
        """Refused with a sentence that holds all of `names`; the server got no task."""
        search = self.search(*args, status=1)
        for name in names:
            self.assertIn(name, search.err)
        self.assertEqual(search.out, "")
        self.assertEqual(search.optimizers + search.clones + search.others, [])

    def types(self, clone):
        return {"%s/%s" % (s, n): i["type"] for s, items in clone["hyperparams"].items()
                for n, i in items.items() if s != "properties"}

    def value(self, clone, section, name):
        return clone["hyperparams"][section][name]["value"]


class Documented(Case):
    def test_the_example_of_clearmls_documentation_is_interrupted_and_resumed(self):
        self.write("keras_simple.py", "print('not run here: the agent stands in for it')\n")
        words = shlex.split(DOCUMENTED)
        before = self.bed.state()["tasks"]

        child = self.start(*words)
        has_ten = wait_until(lambda: len(self.bed.state()["tasks"]) - len(before) >= 12)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=LIMIT_S)
        resumed = self.search(*words, *SWIFT, "--total-max-jobs", "14")

        self.assertTrue(has_ten, out + err)
        self.assertEqual(child.returncode, 130, out + err)
        mine = Search(resumed.done, [t for i, t in self.bed.state()["tasks"].items()
                                     if i not in before])
        self.assertEqual(mine.optimizer["status"], "completed")
        self.assertEqual(mine.optimizer["name"], "Optimizing: keras_simple.py")
        base, = mine.others
        self.assertEqual((base["status"], base["script"]["entry_point"]),
                         ("created", "keras_simple.py"))
        self.assertEqual([t for t in mine.clones if t["status"] in ALIVE], [])
        self.assertGreaterEqual(len(mine.clones), 14)
        for clone in mine.clones:
            self.assertEqual(self.types(clone), dict.fromkeys(
                ("General/layer_1", "General/layer_2", "General/batch_size", "General/epochs"),
                "int"))
            self.assertEqual(self.value(clone, "General", "epochs"), "30")
            self.assertIn(self.value(clone, "General", "layer_1"), ("128", "256", "384", "512"))

    def test_all_flags_together(self):
        search = self.search(
            "--project-name", "HPO/optimizers", "--task-name", "every flag", "--task-id",
            self.base, "--queue", "default", *SEARCHED, "--params-override",
            '{"name": "Args/epochs", "value": 4}', '{"name": "Args/nesterov", "value": true}',
            *LOSS, "--optimizer-class", "OptimizerOptuna", "--optimization-time-limit", "5",
            "--compute-time-limit", "10", *SWIFT, "--total-max-jobs", "8",
            "--min-iteration-per-job", "1", "--max-iteration-per-job", "4",
            "--save-top-k-tasks-only", "3", "--time-limit-per-job", "2",
            "--max-number-of-concurrent-tasks", "4")

        self.check_optimizer(search)
        self.check_clones(search)
        self.check_top(search)

    def check_optimizer(self, search):
        optimizer, state = search.optimizer, self.bed.state(events=True)
        self.assertEqual((optimizer["name"], optimizer["status"]), ("every flag", "completed"))
        self.assertIn("optimization", optimizer["tags"])
        self.assertEqual(state["projects"][optimizer["project"]]["name"], "HPO/optimizers")
        settings = {n: i["value"] for n, i in optimizer["hyperparams"]["General"].items()}
        for name, value in (
                ("base_task_id", self.base), ("execution_queue", "default"),
                ("objective_metric_title", "validation"), ("objective_metric_series", "loss"),
                ("objective_metric_sign", "min_global"), ("save_top_k_tasks_only", "3"),
                ("max_number_of_concurrent_tasks", "4"), ("optimization_time_limit", "5.0"),
                ("compute_time_limit", "10.0"), ("optimizer_kwargs/total_max_jobs", "8"),
                ("optimizer_kwargs/min_iteration_per_job", "1"),
                ("optimizer_kwargs/max_iteration_per_job", "4"),
                ("optimizer_kwargs/time_limit_per_job", "2.0")):
            self.assertEqual(settings["opt/" + name], value, name)
        plots = {(e["metric"], e["variant"]) for e in state["events"][optimizer["id"]]
                 if e["type"] == "plot"}
        for plot in (("summary", "job"), ("Parallel Coordinates", ""),
                     ("Optimization Objective", "validation/loss")):
            self.assertIn(plot, plots)
        artifact, = optimizer["execution"]["artifacts"]
        self.assertEqual(artifact["key"], "summary")
        self.bed.client.login()
        wanted = urllib.request.Request(artifact["uri"], headers={
            "Authorization": "Bearer " + self.bed.client._token})
        with urllib.request.urlopen(wanted) as answer:
            table = json.load(answer)["table"]
        self.assertEqual({row[0] for row in table[1:]}, {c["id"] for c in search.clones})

    def check_clones(self, search):
        self.assertEqual(len(search.clones), 8)
        base = self.bed.task(self.base)
        for clone in search.clones:
            self.assertEqual(self.types(clone), self.types(base))
            self.assertIn(clone["status"], ("completed", "stopped"))
            self.assertIn("optimization", clone["tags"])
            self.assertEqual(clone["parent"], search.optimizer["id"])
            self.assertEqual((self.value(clone, "Args", "epochs"),
                              self.value(clone, "Args", "nesterov")), ("4", "True"))
            self.assertIn(self.value(clone, "Args", "layers"), ("1", "2", "3", "4"))
            self.assertTrue(1e-4 <= float(self.value(clone, "General", "lr")) <= 0.1)

    def check_top(self, search):
        kept = [c for c in search.clones if "archived" not in c["system_tags"]]
        kept.sort(key=lambda c: min(m["min_value"] for v in c["last_metrics"].values()
                                    for m in v.values() if m["variant"] == "loss"))
        self.assertEqual(search.top(), [c["id"] for c in kept])
        self.assertEqual(len(kept), 3)

    def test_each_class_of_a_search_is_understood(self):
        for name, count in (("RandomSearch", 5), ("GridSearch", 6), ("OptimizerOptuna", 5)):
            with self.subTest(name=name):
                search = self.search(
                    "--task-id", self.base, "--queue", "default", "--params-search",
                    '{"name": "Args/layers", "type": "UniformIntegerParameterRange", '
                    '"min_value": 1, "max_value": 3}',
                    '{"name": "General/act", "type": "DiscreteParameterRange", '
                    '"values": ["tanh", "relu"]}', *LOSS, "--optimizer-class", name, *SWIFT,
                    "--total-max-jobs", str(count), "--name", name)

                given = [(self.value(c, "Args", "layers"), self.value(c, "General", "act"))
                         for c in search.clones]
                self.assertEqual(len(given), count)
                if name == "GridSearch":
                    self.assertEqual(len(set(given)), 6)

    def test_a_script_with_arguments_becomes_the_base_task(self):
        self.write("train.py", "print('a script')\n")

        search = self.search("--script", "train.py", "--args", "epochs=2", "batch=64", "--queue",
                             "default", *ONE, *LOSS, *SWIFT, "--total-max-jobs", "2")
        again = self.search("--script", "train.py", "--args", "epochs=2", "batch=64", "--queue",
                            "default", *ONE, *LOSS, *SWIFT, "--total-max-jobs", "4")

        base, = search.others
        self.assertEqual((base["name"], base["script"]["diff"]),
                         ("train.py", "print('a script')\n"))
        self.assertEqual(self.value(base, "Args", "batch"), "64")
        self.assertEqual([self.value(c, "Args", "epochs") for c in search.clones], ["2", "2"])
        self.assertEqual((again.others, again.optimizers, len(again.clones)), ([], [], 2))

    def test_a_name_without_a_section_is_one_of_general(self):
        search = self.search("--task-id", self.base, "--queue", "default", "--params-search",
                             '{"name": "lr", "type": "LogUniformParameterRange", '
                             '"min_value": -3, "max_value": -1}', *LOSS, *SWIFT,
                             "--total-max-jobs", "1")

        clone, = search.clones
        self.assertNotEqual(self.value(clone, "General", "lr"), "0.01")
        self.assertEqual(self.types(clone), self.types(self.bed.task(self.base)))


class Ends(Case):
    """What the exit status says, and in which state the optimizer task is left."""

    def run_to(self, *args, base=None, status=0):
        return self.search("--task-id", base or self.base, "--queue", "default", *ONE, *LOSS,
                           *SWIFT, *args, status=status)

    def test_an_end_by_the_number_of_jobs_is_0_and_completed(self):
        search = self.run_to("--total-max-jobs", "2")

        self.assertEqual(search.optimizer["status"], "completed")
        self.assertEqual(search.top(), [c["id"] for c in sorted(search.clones, key=objective_of)])

    def test_no_completed_trial_is_2(self):
        search = self.run_to("--total-max-jobs", "2", base=self.make_base(status=1), status=2)

        self.assertEqual([c["status"] for c in search.clones], ["failed", "failed"])
        self.assertIn(search.optimizer["status"], ("completed", "failed"))
        self.assertNotIn("top tasks", search.out)

    def test_a_time_limit_ends_the_run_and_its_clones(self):
        base = self.make_base(epochs=100000, pause=0.05)

        search = self.run_to("--optimization-time-limit", "0.1", base=base, status=2)

        self.assertTrue(search.clones)
        ids = {c["id"] for c in search.clones}
        self.assertTrue(wait_until(lambda: not [
            t for i, t in self.bed.state()["tasks"].items()
            if i in ids and t["status"] in ALIVE]))

    def test_a_time_limit_of_a_job_fails_it(self):
        base = self.make_base(epochs=100000, pause=0.05)

        search = self.run_to("--time-limit-per-job", "0.01", "--total-max-jobs", "2", base=base,
                             status=2)

        self.assertEqual(len(search.clones), 2)
        self.assertEqual([c["status"] for c in search.clones], ["stopped", "stopped"])

    def test_ctrl_c_is_130_and_leaves_nothing_running(self):
        base = self.make_base("base of ctrl-c", epochs=100000, pause=0.05)
        child = self.start("--task-id", base, "--queue", "default", *ONE, *LOSS, *SWIFT,
                           "--max-number-of-concurrent-tasks", "2")

        def statuses():
            return [t["status"] for t in self.bed.state()["tasks"].values()
                    if t["name"].startswith("base of ctrl-c: ")]
        running = wait_until(lambda: statuses().count("in_progress") == 2)

        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=LIMIT_S)

        self.assertTrue(running)
        self.assertEqual(child.returncode, 130, err)
        self.assertTrue(wait_until(lambda: not set(statuses()) & set(ALIVE)))

    def test_minus_one_keeps_all_and_ten_are_kept_by_themselves(self):
        everything = self.run_to("--total-max-jobs", "12", "--save-top-k-tasks-only", "-1",
                                 "--name", "all")
        ten = self.run_to("--total-max-jobs", "12", "--name", "ten")

        kept = [len([c for c in s.clones if "archived" not in c["system_tags"]])
                for s in (everything, ten)]
        self.assertEqual(kept, [12, 10])
        self.assertEqual((len(everything.top()), len(ten.top())), (10, 10))


class Refusals(Case):
    def test_no_queue(self):
        self.refused("--task-id", self.base, *ONE, *LOSS, names=["--queue", "--local"])

    def test_no_base_task(self):
        self.refused("--backend", "clearml", "--queue", "default", *ONE, *LOSS,
                     names=["--task-id", "--script"])

    def test_a_base_task_and_a_script(self):
        self.write("train.py", "pass\n")
        self.refused("--task-id", self.base, "--script", "train.py", "--queue", "default", *ONE,
                     *LOSS, names=["--task-id", "--script", "one of them"])

    def test_a_command(self):
        self.refused("--task-id", self.base, "--queue", "default", *ONE, *LOSS, "--", "./train",
                     names=["--task-id", "command"])

    def test_a_base_task_that_does_not_exist(self):
        self.refused("--task-id", "0123456789abcdef0123456789abcdef", "--queue", "default", *ONE,
                     *LOSS, names=["0123456789abcdef0123456789abcdef", self.bed.standin.url])

    def test_a_queue_that_does_not_exist(self):
        self.refused("--task-id", self.base, "--queue", "defualt", *ONE, *LOSS,
                     names=["'defualt'", "'default'"])

    def test_a_parameter_that_the_base_task_lacks_gets_the_nearest(self):
        flags = ("--task-id", self.base, "--queue", "default", "--params-search",
                 '{"name": "Args/layer", "type": "UniformIntegerParameterRange", '
                 '"min_value": 1, "max_value": 4}', *LOSS, *SWIFT, "--total-max-jobs", "1")

        self.refused(*flags, names=["Args/layer", "'Args/layers'"])
        allowed = self.search(*flags, "--allow-unknown-parameters")

        self.assertEqual(self.types(allowed.clones[0])["Args/layer"], "int")

    def test_a_parameter_of_the_wrong_section_gets_the_right_one(self):
        self.refused("--task-id", self.base, "--queue", "default", "--params-search",
                     '{"name": "General/layers", "type": "UniformIntegerParameterRange", '
                     '"min_value": 1, "max_value": 4}', *LOSS, names=["'Args/layers'"])

    def test_arguments_without_a_script(self):
        self.refused("--task-id", self.base, "--queue", "default", "--args", "a=1", *ONE, *LOSS,
                     names=["args", "script"])

    def test_arguments_that_are_none(self):
        self.write("train.py", "pass\n")
        self.refused("--script", "train.py", "--queue", "default", "--args", "epochs", *ONE,
                     *LOSS, names=["'epochs'", "NAME=VALUE"])

    def test_a_script_that_is_missing(self):
        self.refused("--script", "missing.py", "--queue", "default", *ONE, *LOSS,
                     names=["missing.py"])

    def test_wrong_credentials_are_not_shown(self):
        self.env["CLEARML_API_SECRET_KEY"] = "a-secret-of-somebody"
        done = self.hpo("search", "--task-id", self.base, "--queue", "default", *ONE, *LOSS,
                        status=4)

        self.assertIn("credentials", done.stderr)
        self.assertNotIn("a-secret-of-somebody", done.stdout + done.stderr)

    def test_no_credentials(self):
        del self.env["CLEARML_API_ACCESS_KEY"], self.env["CLEARML_API_SECRET_KEY"]

        self.refused("--task-id", self.base, "--queue", "default", *ONE, *LOSS,
                     names=["CLEARML_API_ACCESS_KEY", "clearml.conf"])

    def test_a_server_that_is_away(self):
        door = Door(self.bed.standin.url)
        door.close()
        self.env["CLEARML_API_HOST"] = door.url

        done = self.hpo("search", "--task-id", self.base, "--queue", "default", *ONE, *LOSS,
                        status=4)

        self.assertIn("127.0.0.1:%d" % door.port, done.stderr)


class Cloned(Case):
    """An optimizer task that somebody clones on the web page, changes and enqueues."""

    def clone(self, optimizer, **values):
        clone = self.bed.client.call("tasks.clone", task=optimizer["id"],
                                     new_task_name="again")["id"]
        self.bed.client.call("tasks.edit_hyper_params", task=clone, hyperparams=[
            {"section": "General", "name": "opt/" + name, "value": value}
            for name, value in values.items()])
        self.bed.client.call("tasks.started", task=clone)
        return clone

    def test_a_clone_is_run_with_its_changed_values_by_the_bare_command(self):
        first = self.search("--task-id", self.base, "--queue", "default", *SEARCHED, *LOSS,
                            *SWIFT, "--total-max-jobs", "2", "--optimizer-class", "RandomSearch")
        clone = self.clone(first.optimizer, max_number_of_concurrent_tasks="1",
                           **{"optimizer_kwargs/total_max_jobs": "3",
                              "objective_metric_series": "epoch_accuracy",
                              "objective_metric_sign": "max", "optimization_time_limit": ""})
        self.env["CLEARML_TASK_ID"] = clone

        second = self.search()  # in the same folder, whose store has the first study

        self.assertEqual((second.optimizers, second.others), ([], []))
        self.assertEqual([c["parent"] for c in second.clones], [clone] * 3)
        for of in second.clones:
            self.assertEqual(self.types(of), self.types(self.bed.task(self.base)))
        task = self.bed.task(clone)
        self.assertEqual((task["status"], task["name"]), ("completed", "again"))
        best = max(second.clones, key=lambda c: objective_of(c, series="epoch_accuracy"))
        self.assertEqual(second.top()[0], best["id"])

    def test_a_changed_value_that_is_none_is_refused_by_its_name(self):
        first = self.search("--task-id", self.base, "--queue", "default", *ONE, *LOSS, *SWIFT,
                            "--total-max-jobs", "1")
        clone = self.clone(first.optimizer, **{"optimizer_kwargs/total_max_jobs": "many"})
        self.env["CLEARML_TASK_ID"] = clone

        self.refused(names=["opt/optimizer_kwargs/total_max_jobs", "'many'"])

    def test_an_agent_runs_the_clone_by_itself(self):
        first = self.search("--task-id", self.base, "--queue", "default", *ONE, *LOSS, *SWIFT,
                            "--total-max-jobs", "1")
        clone = self.bed.client.call("tasks.clone", task=first.optimizer["id"])["id"]
        self.bed.client.call("queues.create", name="services")
        folder = os.environ["PATH"]
        os.environ["PATH"] = os.path.dirname(HPO) + os.pathsep + folder
        self.addCleanup(os.environ.__setitem__, "PATH", folder)
        self.bed.standin.agent("--queue", "services", "--workers", "1", "--name", "services")

        self.bed.client.call("tasks.enqueue", task=clone, queue_name="services")
        wait_until(lambda: self.bed.task(clone)["status"] in ("completed", "failed"))

        self.assertEqual(self.bed.task(clone)["status"], "completed")
        of = [t for t in self.bed.state()["tasks"].values() if t.get("parent") == clone
              and t["type"] == "training"]
        self.assertEqual([t["status"] for t in of], ["completed"])


class WithTheSdk(unittest.TestCase):
    """Trials are a script that uses ClearML's own SDK."""

    def test_a_training_script_is_tuned(self):
        folder = tempfile.mkdtemp(prefix="hpo-clearml-sdk-")
        self.addCleanup(shutil.rmtree, folder, True)
        with Standin() as standin:
            client = standin.client()
            base = base_task.register(client, {"Args/epochs": "2", "Args/pause": "0.02"}, ran=True)
            environment = real.environment(standin, folder)
            held = {k: os.environ.get(k) for k in environment}
            os.environ.update(environment)
            try:
                standin.agent("--workers", "2", "--python", real.python())
            finally:
                for name, value in held.items():
                    os.environ.pop(name) if value is None else os.environ.update({name: value})

            done = subprocess.run(
                [HPO, "search", "--task-id", base, "--queue", "default", "--params-search",
                 '{"name": "Args/lr", "type": "LogUniformParameterRange", "min_value": -3, '
                 '"max_value": 0}', '{"name": "General/data/points", "type": '
                 '"UniformIntegerParameterRange", "min_value": 40, "max_value": 80, '
                 '"step_size": 20}', *LOSS, "--optimizer-class", "OptimizerOptuna",
                 "--pool-period-min", "0.01", "--total-max-jobs", "4",
                 "--max-number-of-concurrent-tasks", "2"],
                cwd=folder, env=dict(standin.environment(), HOME=folder), text=True,
                stdin=subprocess.DEVNULL, capture_output=True, timeout=900)

            tasks = client.test("GET", "state")["tasks"].values()
            clones = [t for t in tasks if t["type"] == "training" and t["id"] != base]
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual([t["status"] for t in clones], ["completed"] * 4)
            for clone in clones:
                points = clone["hyperparams"]["General"]["data/points"]
                self.assertIn((points["value"], points["type"]),
                              (("40", "int"), ("60", "int"), ("80", "int")))
                self.assertEqual(clone["last_iteration"], 2)


if __name__ == "__main__":
    unittest.main()
