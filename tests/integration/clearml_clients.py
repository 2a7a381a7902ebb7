"""ClearML's own SDK and agent, unmodified, against the stand-in: what shows it faithful."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(HERE, "../support/clearml")
sys.path.insert(0, SUPPORT)

import base_task  # noqa: E402
import real       # noqa: E402
from launch import Standin  # noqa: E402

BEGIN = """
import json, os, sys
from clearml import Task
QUIET = {"auto_connect_frameworks": False, "auto_resource_monitoring": False}
"""
HPO = """
from clearml.automation import (HyperParameterOptimizer, RandomSearch, DiscreteParameterRange,
                                LogUniformParameterRange, UniformIntegerParameterRange)
task = Task.init("HPO probes", "random search", task_type=Task.TaskTypes.optimizer, **QUIET)
optimizer = HyperParameterOptimizer(
    base_task_id=sys.argv[1], execution_queue="work", optimizer_class=RandomSearch,
    hyper_parameters=[LogUniformParameterRange("Args/lr", min_value=-3, max_value=0),
                      UniformIntegerParameterRange("Args/layers", 1, 3),
                      DiscreteParameterRange("Args/nesterov", [True, False]),
                      LogUniformParameterRange("General/momentum", -2, -0.1)],
    objective_metric_title="validation", objective_metric_series="loss",
    objective_metric_sign="min", max_number_of_concurrent_tasks=4, total_max_jobs=10,
    max_iteration_per_job=100, pool_period_min=0.02)
optimizer.set_report_period(0.05)
optimizer.start()
optimizer.wait()
result = {"id": task.id, "top": [t.id for t in optimizer.get_top_experiments(3)]}
optimizer.stop()
task.close()
"""
END = """
with open(os.environ["RESULT"], "w") as f:
    json.dump(result, f)
"""


def setUpModule():
    try:
        real.python()
    except (OSError, subprocess.CalledProcessError) as e:
        if os.environ.get("CI"):
            raise
        raise unittest.SkipTest("the real clients cannot be installed: %s" % e)


class Case(unittest.TestCase):
    """All tests of a class share a stand-in; each has a folder of its own."""

    @classmethod
    def setUpClass(cls):
        cls.standin = Standin()
        cls.addClassCleanup(cls.standin.end)
        cls.client = cls.standin.client("hpo-test-client")

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="hpo-clients-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.env = dict(real.environment(self.standin, self.dir),
                        RESULT=os.path.join(self.dir, "result.json"))

    def program(self, *command, **env):
        return subprocess.run([real.python(), *command], cwd=self.dir, env=dict(self.env, **env),
                              text=True, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=900)

    def sdk(self, code, *args):
        """What a program that uses the SDK leaves in `result`."""
        path = os.path.join(self.dir, "program.py")
        with open(path, "w") as f:
            f.write(BEGIN + code + END)
        done = self.program(path, *args)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        with open(self.env["RESULT"]) as f:
            return json.load(f)

    def task(self, task_id):
        return self.client.call("tasks.get_by_id", task=task_id)["task"]

    def console(self, task_id):
        events = self.client.call("events.get_task_log", task=task_id, order="asc")["events"]
        return "\n".join(e["msg"] for e in events)

    def queued(self, queue="work", **changes):
        """A clone of the base task in a queue, with some arguments changed."""
        found = self.client.call("queues.get_all", name="^%s$" % queue)["queues"]
        queue_id = found[0]["id"] if found else self.client.call("queues.create",
                                                                 name=queue)["id"]
        task = base_task.register(self.client, {"Args/" + k: v for k, v in changes.items()})
        self.client.call("tasks.enqueue", task=task, queue=queue_id)
        return task

    def until(self, holds, what, seconds=300):
        """Waits for somebody else's doing; there is no signal to wait for instead."""
        end = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.1)


class Sdk(Case):
    def test_a_run_of_the_script_is_what_base_task_registers(self):
        shutil.copy(os.path.join(SUPPORT, "train.py"), self.dir)

        done = self.program("train.py", "--epochs", "3")

        self.assertEqual(done.returncode, 0, done.stderr)
        project = base_task.project_id(self.client, "HPO tests")
        ran = self.client.call("tasks.get_all", project=[project],
                               order_by=["-created"])["tasks"][0]
        registered = self.task(base_task.register(self.client, {"Args/epochs": 3}, ran=True))
        self.assertEqual(ran["hyperparams"], registered["hyperparams"])
        for name in ("diff", "entry_point", "working_dir", "repository"):
            self.assertEqual(ran["script"][name], registered["script"][name], name)
        for name in ("type", "name", "status", "project"):
            self.assertEqual(ran[name], registered[name], name)
        for metric, variants in registered["last_metrics"].items():
            self.assertEqual(set(variants) - set(ran["last_metrics"][metric]), set())
        self.assertEqual(ran["last_iteration"], 3)
        self.assertIn("epoch 3: loss=", self.console(ran["id"]))

    def test_values_of_every_type_come_back_as_they_were(self):
        values = {"f": 0.1, "i": 64, "tiny": 1e-05, "s": "x y", "yes": True, "none": None,
                  "list": [1, 2], "a": {"b": 2}, "tail $.": "%"}

        result = self.sdk("""
task = Task.init("Probes", "types", **QUIET)
task.connect(json.loads(sys.argv[1]), name="Mine")
task.connect_configuration({"net": {"depth": 3}}, name="conf")
task.set_user_properties(owner="me")
other = Task.get_task(task_id=task.id)
result = {"id": task.id, "text": other.get_parameters(), "cast": other.get_parameters(cast=True),
          "conf": other.get_configuration_object("conf")}
""", json.dumps(values))

        items = self.task(result["id"])["hyperparams"]["Mine"]
        self.assertEqual({n: (i["value"], i.get("type")) for n, i in items.items()},
                         {"f": ("0.1", "float"), "i": ("64", "int"), "tiny": ("1e-05", "float"),
                          "s": ("x y", "str"), "yes": ("True", "bool"), "none": ("", None),
                          "list": ("[1, 2]", "list/int"), "a/b": ("2", "int"),
                          "tail $.": ("%", "str")})
        self.assertEqual(result["text"]["properties/owner"], "me")
        self.assertEqual(result["cast"]["Mine/i"], 64)
        self.assertEqual(result["cast"]["Mine/yes"], True)
        self.assertIn("depth = 3", result["conf"])

    def test_scalars_are_read_back_as_curves_and_as_last_values(self):
        result = self.sdk("""
task = Task.init("Probes", "scalars", **QUIET)
logger = task.get_logger()
for i in range(30):
    logger.report_scalar("validation", "loss", 1 / (i + 1), i)
logger.report_scalar("m x/y", "v.1$", 3, 0)
logger.report_single_value("final", 0.25)
task.flush(wait_for_uploads=True)
result = {"id": task.id, "curves": task.get_reported_scalars(),
          "last": task.get_last_scalar_metrics(), "all": task.get_all_reported_scalars(),
          "single": task.get_reported_single_values(), "iteration": task.get_last_iteration()}
""")

        curve = result["curves"]["validation"]["loss"]
        self.assertEqual(curve["x"], list(range(30)))
        self.assertAlmostEqual(curve["y"][-1], 1 / 30, places=7)
        self.assertNotEqual(curve["y"][-1], 1 / 30, "curves are of 32 bits")
        self.assertEqual(result["all"]["validation"]["loss"]["y"][-1], 1 / 30)
        self.assertEqual(result["last"]["validation"]["loss"],
                         {"last": 1 / 30, "min": 1 / 30, "max": 1.0})
        self.assertEqual(result["last"]["m x/y"]["v.1$"]["last"], 3)
        self.assertNotIn("Summary", result["curves"])
        self.assertEqual(result["single"], {"final": 0.25})
        self.assertEqual(result["iteration"], 29)

    def test_plots_tables_images_and_console_are_read_back(self):
        result = self.sdk("""
from PIL import Image
task = Task.init("Probes", "plots", **QUIET)
logger = task.get_logger()
figure = {"data": [{"type": "scatter", "x": [1], "y": [2]}], "layout": {}}
for y in (1, 2):
    figure["data"][0]["y"] = [y]
    logger.report_plotly("plot", "s", iteration=0, figure=figure)
    logger.flush(wait=True)
logger.report_table("table", "s", iteration=0, table_plot=[["a", "b"], [1, 2]])
logger.report_image("image", "s", iteration=2, image=Image.new("RGB", (4, 4)))
logger.report_text("a line of text")
logger.flush(wait=True)
plots = task.get_reported_plots()
result = {"plots": {p["metric"]: json.loads(p["plot_str"]) for p in plots}, "count": len(plots),
          "images": len(task.get_debug_samples("image", "s")),
          "console": "".join(task.get_reported_console_output(5))}
""")

        self.assertEqual(result["count"], 2, "a plot of the same iteration overwrites")
        self.assertEqual(result["plots"]["plot"]["data"][0]["y"], [2])
        self.assertEqual(result["plots"]["table"]["data"][0]["cells"]["values"], [[1], [2]])
        self.assertEqual(result["images"], 1)
        self.assertIn("a line of text", result["console"])

    def test_artifacts_and_models_are_stored_and_fetched(self):
        result = self.sdk("""
from clearml import OutputModel
with open("f.bin", "wb") as f:
    f.write(bytes(range(256)) * 20)
task = Task.init("Probes/deep", "artifacts", **QUIET)
task.upload_artifact("dict", {"table": [["a"], [1]]}, wait_on_upload=True)
task.upload_artifact("file", "f.bin", wait_on_upload=True)
OutputModel(task=task, name="net").update_weights("f.bin")
task.close()
other = Task.get_task(task_id=task.id)
with open(other.artifacts["file"].get_local_copy(), "rb") as f:
    same = f.read() == open("f.bin", "rb").read()
result = {"dict": other.artifacts["dict"].get(), "same": same, "status": str(other.status),
          "uri": other.artifacts["dict"].url, "models": len(other.models["output"]),
          "weights": os.path.getsize(other.models["output"][0].get_weights())}
""")

        self.assertEqual(result["dict"], {"table": [["a"], [1]]})
        self.assertTrue(result["same"])
        self.assertEqual(result["status"], "completed")
        self.assertTrue(result["uri"].startswith(self.standin.urls["files"] + "/Probes/deep/"),
                        result["uri"])
        self.assertEqual((result["models"], result["weights"]), (1, 5120))

    def test_a_clone_takes_values_and_goes_through_a_queue(self):
        base = base_task.register(self.client)

        result = self.sdk("""
base = Task.get_task(task_id=sys.argv[1])
clone = Task.clone(source_task=base, name="a clone", parent=base.id)
clone.set_parameters({**clone.get_parameters(cast=True), "Args/lr": 0.5, "Args/layers": 3,
                      "General/new": 7})
Task.enqueue(clone, queue_name="default")
clone.reload()
states = [str(clone.status)]
Task.dequeue(clone)
clone.reload()
states.append(str(clone.status))
result = {"id": clone.id, "parent": clone.parent, "states": states,
          "cast": clone.get_parameters(cast=True)}
""", base)

        self.assertEqual(result["parent"], base)
        self.assertEqual(result["states"], ["queued", "created"])
        items = self.task(result["id"])["hyperparams"]
        self.assertEqual((items["Args"]["lr"]["value"], items["Args"]["lr"]["type"]),
                         ("0.5", "float"))
        self.assertEqual((items["Args"]["layers"]["value"], items["Args"]["layers"]["type"]),
                         ("3", "int"))
        self.assertEqual(result["cast"]["General/new"], 7)

    def test_states_change_as_the_table_allows(self):
        result = self.sdk("""
def status():
    task.reload()
    return str(task.status)
task = Task.clone(source_task=sys.argv[1], name="states")
states = [status()]
task.mark_started()
states.append(status())
task.mark_failed(status_reason="because")
states.append(status())
task.reset()
states.append(status())
refused = task.mark_completed(ignore_errors=True)
states.append(status())
task.mark_started()
task.mark_completed()
task.publish()
states.append(status())
task.set_archived(True)
found = Task.query_tasks(task_name="^states$", task_filter={"system_tags": ["archived"]})
result = {"states": states, "archived": found == [task.id]}
gone = Task.clone(source_task=sys.argv[1], name="to delete")
gone.delete()
result["left"] = Task.query_tasks(task_name="^to delete$")
""", base_task.register(self.client))

        self.assertEqual(result["states"], ["created", "in_progress", "failed", "created",
                                            "created", "published"])
        self.assertTrue(result["archived"])
        self.assertEqual(result["left"], [])

    def test_a_page_holds_500_tasks_and_the_next_the_rest(self):
        base = base_task.register(self.client)
        for i in range(520):
            self.client.call("tasks.clone", task=base, new_task_name="many %d" % i)

        result = self.sdk("""
names = [t.name for t in Task.get_tasks(project_name="HPO tests", task_name="^many ")]
ids = Task.query_tasks(project_name="HPO tests", task_name="^many ")
result = {"names": len(set(names)), "ids": len(set(ids))}
""")

        self.assertEqual(result, {"names": 500, "ids": 520})

    def test_tokens_that_soon_expire_are_renewed(self):
        self.addCleanup(self.client.test, "POST", "options", {"token_seconds": None})
        self.client.test("POST", "options", {"token_seconds": 5})
        before = self.client.test("GET", "counts?client=clearml-2").get("auth.login", 0)

        result = self.sdk("""
task = Task.init("Probes", "tokens", **QUIET)
task.close()
result = {"id": task.id}
""")

        logins = self.client.test("GET", "counts?client=clearml-2")["auth.login"] - before
        self.assertGreater(logins, 3)
        self.assertEqual(self.task(result["id"])["status"], "completed")

    def test_a_busy_server_and_a_lost_answer_are_survived(self):
        self.addCleanup(self.client.test, "DELETE", "faults")
        self.client.test("POST", "faults", {"rules": [
            {"kind": "502-html", "endpoint": "tasks.completed", "client": "clearml-2",
             "count": 1},
            {"kind": "503", "endpoint": "tasks.edit", "client": "clearml-2", "count": 1},
            {"kind": "drop-after", "endpoint": "events.add_batch", "client": "clearml-2",
             "count": 1}]})

        result = self.sdk("""
task = Task.init("Probes", "faults", **QUIET)
task.connect({"lr": 0.5})
task.get_logger().report_scalar("m", "v", 2.0, 1)
task.close()
result = {"id": task.id}
""")

        rules = self.client.test("GET", "faults")["rules"]
        self.assertEqual([r["hits"] for r in rules], [1, 1, 1])
        task = self.task(result["id"])
        metrics = task["last_metrics"]
        self.assertEqual(task["status"], "completed")
        self.assertEqual([v["value"] for m in metrics.values() for v in m.values()], [2.0])

    def test_wrong_credentials_are_refused(self):
        done = self.program("-c", BEGIN + "Task.get_tasks()",
                            CLEARML_API_SECRET_KEY="not the secret")

        self.assertNotEqual(done.returncode, 0)
        self.assertIn("401", done.stderr)


class Agent(Case):
    def daemon(self, workers=1):
        agents = real.Agents(self.standin, "work", workers)
        self.addCleanup(agents.end)
        return agents

    def setUp(self):
        super().setUp()
        if not self.client.call("queues.get_all", name="^work$")["queues"]:
            self.client.call("queues.create", name="work")

    def status(self, task):
        return self.task(task)["status"]

    def ended(self, task):
        self.until(lambda: self.status(task) not in ("queued", "in_progress"),
                   "the task has ended")
        return self.task(task)

    def test_the_daemon_runs_a_script_with_the_parameters_of_its_task(self):
        task = self.queued(epochs=3, pause=0.01, layers=2, act="relu", nesterov=True)
        agents = self.daemon()

        ended = self.ended(task)

        self.assertEqual(ended["status"], "completed", agents.log()[-3000:])
        self.assertEqual(ended["status_reason"], "worker execution done")
        self.assertEqual(ended["last_worker"], "real:0")
        self.assertEqual(ended["last_iteration"], 3)
        self.assertEqual(ended["hyperparams"]["Args"]["layers"]["value"], "2")
        self.assertIn("epoch 3: loss=", self.console(task))
        self.assertNotIn("pip install", agents.log())

    def test_a_script_that_fails_fails_its_task(self):
        task = self.queued(epochs=3, act="none such")
        self.daemon()

        ended = self.ended(task)

        self.assertEqual(ended["status"], "failed")
        self.assertRegex(ended["status_reason"], "exit code [1-9]")

    def test_a_task_that_is_set_to_stopped_is_ended(self):
        self.aborts("tasks.stopped")

    def test_a_task_that_is_asked_to_stop_is_ended(self):
        self.aborts("tasks.stop")

    def aborts(self, endpoint):
        task = self.queued(epochs=100000, pause=0.1)
        agents = self.daemon()
        self.until(lambda: self.task(task)["last_iteration"] >= 2, "the script reports")
        follower = self.queued(epochs=1)

        self.client.call(endpoint, task=task, status_reason="enough")

        ended = self.ended(task)
        self.assertEqual(ended["status"], "stopped")
        # The agent has one worker: that is free once the script has ended.
        self.assertEqual(self.ended(follower)["status"], "completed", agents.log()[-3000:])
        self.assertLess(self.task(task)["last_iteration"], 100000)
        self.assertEqual(self.status(task), "stopped")

    def test_execute_runs_one_task(self):
        task = base_task.register(self.client, {"Args/epochs": 2})
        config = os.path.join(self.dir, "clearml.conf")
        with open(config, "a") as f:
            f.write('agent.venvs_dir = "%s/code"\n' % self.dir)

        done = self.program("-m", "clearml_agent", "execute", "--id", task, "--cpu-only",
                            CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL="1")

        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.assertEqual(self.status(task), "completed")
        self.assertEqual(self.task(task)["last_iteration"], 2)


class Optimizer(Case):
    def test_random_search_of_clearml_optimises_by_the_real_agent(self):
        base = base_task.register(self.client, {"Args/epochs": 4}, ran=True)
        self.client.call("queues.create", name="work")
        agents = real.Agents(self.standin, "work", 4)
        self.addCleanup(agents.end)

        result = self.sdk(HPO, base)

        optimizer = self.task(result["id"])
        clones = self.client.call("tasks.get_all", parent=[result["id"]])["tasks"]
        self.assertGreaterEqual(len(clones), 10)
        self.assertEqual({c["status"] for c in clones}, {"completed"})
        self.assertEqual({i["type"] for c in clones for i in [c["hyperparams"]["Args"]["layers"]]},
                         {"int"})
        self.assertEqual({len(c["tags"]) for c in clones}, {2})
        self.assertEqual(len(result["top"]), 3)
        self.assertEqual(optimizer["status"], "completed")
        self.assertEqual([a["key"] for a in optimizer["execution"]["artifacts"]], ["summary"])
        plots = self.client.call("events.get_task_plots", task=result["id"])["plots"]
        self.assertEqual({p["metric"] for p in plots},
                         {"Optimization Objective", "summary", "Parallel Coordinates"})


if __name__ == "__main__":
    unittest.main()
