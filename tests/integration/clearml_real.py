"""A search on real tasks: run by clearml-agent, read back by ClearML's own SDK.

HPO names the command, B the folder of what was built. CLEARML_TRIALS says how many trials each
search has (8); 40 is what a person would run.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support/clearml"))

import base_task  # noqa: E402
import real       # noqa: E402
from launch import Standin  # noqa: E402

HPO = os.path.abspath(os.environ.get("HPO", os.path.join(ROOT, ".build/cc/hpo")))
B = os.environ.get("B", os.path.dirname(HPO))
TRIALS = int(os.environ.get("CLEARML_TRIALS", "8"))
QUEUE = "agents"

# What a user of ClearML would look at afterwards, by ClearML's own means.
READ_BACK = """
import json, sys
from clearml import Task
parent, = Task.get_tasks(task_filter={"type": ["optimizer"]})
table = json.loads(open(parent.artifacts["summary"].get_local_copy()).read())["table"]
children = Task.get_tasks(task_filter={"parent": parent.id})
print(json.dumps({
    "status": parent.get_status(), "type": str(parent.task_type), "tags": parent.get_tags(),
    "table": table, "scalars": parent.get_reported_scalars(),
    "plots": sorted({(p["metric"], p["variant"]) for p in parent.get_reported_plots()}),
    "space": parent.get_configuration_object("General"),
    "settings": {k: v for k, v in parent.get_parameters().items() if k.startswith("General/opt")},
    "children": [{"id": c.id, "status": c.get_status(), "tags": c.get_tags(),
                  "parameters": c.get_parameters(cast=True),
                  "iteration": c.get_last_iteration(),
                  "loss": c.get_last_scalar_metrics().get("validation", {}).get("loss")}
                 for c in children]}, default=str))
"""


class Real(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="hpo-real-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.standin = Standin()
        self.addCleanup(self.standin.end)
        self.client = self.standin.client()
        self.base = base_task.register(self.client, {"Args/epochs": "8", "Args/pause": "0.2"})
        self.client.call("queues.create", name=QUEUE)
        self.agents = real.Agents(self.standin, QUEUE, workers=4)
        self.addCleanup(self.agents.end)

    def run_program(self, *command):
        done = subprocess.run(command, cwd=self.dir, env=self.standin.environment(), text=True,
                              capture_output=True, timeout=1500)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.agents.log()[-2000:])
        return done.stdout

    def read_back(self):
        done = subprocess.run([real.python(), "-c", READ_BACK], cwd=self.dir, text=True,
                              capture_output=True, timeout=300,
                              env=real.environment(self.standin, self.dir))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout.strip().splitlines()[-1])

    def check(self, best):
        seen = self.read_back()
        self.assertEqual(seen["status"], "completed")
        self.assertEqual(seen["type"], "optimizer")
        self.assertIn("optimization", seen["tags"])
        self.assertEqual(len(seen["children"]), TRIALS)
        self.assertEqual(len(seen["table"]), TRIALS + 1)
        for metric, variant in (("summary", "job"), ("Parallel Coordinates", ""),
                                ("Optimization Objective", "validation/loss")):
            self.assertIn([metric, variant], seen["plots"])
        for metric in ("remaining budget", "resources", "validation/loss"):
            self.assertIn(metric, seen["scalars"])
        states = {}
        for child in seen["children"]:
            states[child["status"]] = states.get(child["status"], 0) + 1
            self.assertIsInstance(child["parameters"]["Args/layers"], int, child)
            self.assertIsInstance(child["parameters"]["Args/lr"], float, child)
            self.assertIsInstance(child["parameters"]["General/momentum"], float, child)
            self.assertIn(child["status"], ("completed", "stopped"), child)
        self.assertGreater(states.get("completed", 0), 0)
        self.assertGreater(states.get("stopped", 0), 0, "none was stopped early: %s" % states)
        finished = [c["loss"]["min"] for c in seen["children"] if c["status"] == "completed"]
        self.assertAlmostEqual(best["values"][0], min(finished), places=5)
        print("%d trials: %s, best %.4f" % (TRIALS, states, best["values"][0]), flush=True)
        return seen

    def test_a_search_of_the_command_on_real_agents(self):
        out = self.run_program(
            HPO, "search", "--backend", "clearml", "--task-id", self.base, "--queue", QUEUE,
            "--param", "Args/lr=float(1e-3,1,log)", "--param", "Args/layers=int(1,3)",
            "--param", "Args/act=choice(tanh,relu)", "--param", "General/momentum=float(0,0.95)",
            "--objective-metric-title", "validation", "--objective-metric-series", "loss",
            "--objective-metric-sign", "min_global", "--strategy", "auto", "--pruner", "asha",
            "--min-iteration-per-job", "2", "--trials", str(TRIALS), "--concurrent", "4",
            "--pool-period-min", "0.01", "--json", "--quiet")
        seen = self.check(json.loads(out)["best"])
        self.assertEqual(seen["settings"]["General/opt/base_task_id"], self.base)
        self.assertEqual(seen["settings"]["General/opt/execution_queue"], QUEUE)

    def test_a_search_of_a_C_program_on_real_agents(self):
        out = self.run_program(os.path.join(B, "examples/clearml"), self.base, QUEUE, str(TRIALS))
        self.check(json.loads(out.strip().splitlines()[-1]))


if __name__ == "__main__":
    unittest.main(verbosity=1)
