"""What the tests of the stand-in start from: one of its own for each class, and calls to it."""
import time
import unittest

from client import CallFailed
from launch import Standin

VALIDATION = "a617908b172c473cb8e8cda059e55bf0"
LOSS = "81513effdf5790b79549208838404407"
SINGLE = -2147483648
STATUSES = "created queued in_progress stopped closed failed completed publishing published".split()
ALLOWED = {
    "enqueue": "created stopped failed", "started": "created queued in_progress stopped completed",
    "stopped": "queued in_progress stopped closed failed",
    "completed": "in_progress stopped completed", "failed": "in_progress stopped closed failed",
    "close": "stopped closed", "publish": "stopped closed failed completed publishing published",
    "reset": "created queued in_progress stopped closed failed completed",
}


def param(section, name, value, kind="float"):
    return {"section": section, "name": name, "value": value, "type": kind}


def params(**values):
    return {"General": {k: param("General", k, v) for k, v in values.items()}}


class Case(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.standin = Standin(*cls.options)
        cls.addClassCleanup(cls.standin.end)
        cls.api = cls.standin.client()

    def setUp(self):
        self.addCleanup(self.api.test, "DELETE", "faults")

    def call(self, endpoint, **fields):
        return self.api.call(endpoint, fields)

    def act(self, action, **fields):
        return self.api.test("POST", "act", dict(fields, action=action))

    def fault(self, **rule):
        self.api.test("POST", "faults", {"rules": [rule]})

    def refused(self, code, subcode, endpoint, **fields):
        with self.assertRaises(CallFailed) as caught:
            self.call(endpoint, **fields)
        self.assertEqual((caught.exception.code, caught.exception.subcode), (code, subcode),
                         str(caught.exception))

    def create(self, name="a task", **fields):
        return self.call("tasks.create", name=name, type="training", **fields)["id"]

    def task(self, task_id):
        return self.call("tasks.get_by_id", task=task_id)["task"]

    def in_status(self, status, **fields):
        task = self.create(**fields)
        self.act("set_status", task=task, status=status)
        return task

    def scalar(self, task, value, iteration, metric="validation", variant="loss", **more):
        return dict({"type": "training_stats_scalar", "task": task, "metric": metric,
                     "variant": variant, "value": value, "iter": iteration}, **more)

    def wait(self, task, *statuses, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.task(task)["status"] in statuses:
                break
            time.sleep(0.02)
        self.assertIn(self.task(task)["status"], statuses)
        return self.task(task)
