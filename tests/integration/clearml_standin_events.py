"""The stand-in for a ClearML server keeps to the contract of the real one: events and agents."""
import json
import os
import shutil
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support", "clearml"))

from standin_case import LOSS, SINGLE, VALIDATION, Case, param  # noqa: E402


class Events(Case):
    def item(self, task):
        return self.task(task)["last_metrics"][VALIDATION][LOSS]

    def curve(self, task, **fields):
        data = self.call("events.scalar_metrics_iter_histogram", task=task, **fields)
        return data.get("validation", {}).get("loss")

    def test_the_newest_point_of_a_batch_overwrites_the_value(self):
        task = self.create()

        self.api.batch([self.scalar(task, 5.0, 10), self.scalar(task, 1.0, 9)])
        first = self.item(task)
        self.api.batch([self.scalar(task, 9.0, 2), self.scalar(task, 3.0, 3)])
        second = self.item(task)

        self.assertEqual([first[k] for k in ("value", "min_value", "min_value_iteration",
                                             "max_value", "count")], [5.0, 1.0, 9, 5.0, 2])
        self.assertEqual([second[k] for k in (
            "value", "min_value", "max_value", "max_value_iteration", "first_value", "count",
            "mean_value")], [3.0, 1.0, 9.0, 2, 9.0, 4, 4.5])
        self.assertEqual(self.task(task)["last_iteration"], 10)

    def test_the_same_iteration_is_overwritten_in_the_curve_only(self):
        task = self.create()

        self.api.batch([self.scalar(task, 1.0, 4)])
        self.api.batch([self.scalar(task, 2.0, 4)])

        self.assertEqual((self.curve(task)["x"], self.curve(task)["y"]), ([4], [2.0]))
        self.assertEqual(self.item(task)["count"], 2)

    def test_single_values_are_no_part_of_curves(self):
        task = self.create()

        self.api.batch([self.scalar(task, 7.5, SINGLE), self.scalar(task, 1.0, SINGLE, "Summary",
                                                                    "best")])

        self.assertIsNone(self.curve(task))
        self.assertEqual((self.item(task)["value"], self.task(task)["last_iteration"]), (7.5, 0))
        values = self.call("events.get_task_single_value_metrics", tasks=[task])["tasks"][0]
        self.assertEqual(sorted(v["value"] for v in values["values"]), [1.0, 7.5])

    def test_curves_are_32_bit_and_averaged_to_the_samples(self):
        task = self.create()
        self.api.batch([self.scalar(task, 0.1 * (i + 1), i) for i in range(100)])

        whole, short = self.curve(task), self.curve(task, samples=10)

        self.assertNotEqual(whole["y"][0], 0.1)
        self.assertAlmostEqual(whole["y"][0], 0.1, places=7)
        self.assertEqual(short["x"], list(range(0, 100, 10)))
        self.assertAlmostEqual(short["y"][-1], 9.55, places=5)
        self.refused(400, 12, "events.scalar_metrics_iter_histogram", task=task, samples=0)

    def test_a_curve_can_be_asked_for_by_name(self):
        task = self.create()
        self.api.batch([self.scalar(task, 1.0, 1, m, v) for m in "ab" for v in "xy"])

        data = self.call("events.scalar_metrics_iter_histogram", task=task,
                         metrics=[{"metric": "a", "variants": ["y"]}])
        both = self.call("events.multi_task_scalar_metrics_iter_histogram", tasks=[task],
                         metrics=[{"metric": "b", "variants": []}])["metrics"]

        self.assertEqual({k: list(v) for k, v in data.items()}, {"a": ["y"]})
        self.assertEqual(both["b"]["x"][task]["y"], [1.0])

    def test_monitored_machines_do_not_count_as_iterations(self):
        task = self.create()

        self.api.batch([self.scalar(task, 1.0, 900, ":monitor:machine", "cpu"),
                        self.scalar(task, 1.0, 3)])

        self.assertEqual(self.task(task)["last_iteration"], 3)

    def test_a_batch_can_succeed_in_part_but_not_fail_as_a_whole(self):
        task, published = self.create(), self.in_status("published")

        done = self.api.batch([self.scalar(task, 1.0, 1), self.scalar(published, 1.0, 1),
                               {"type": "log", "task": "0" * 32, "msg": "x"}])

        self.assertEqual((done["added"], done["errors"]), (1, 2))
        self.assertEqual(sum(done["errors_info"].values()), 2)
        self.refused(400, 131, "events.add", **self.scalar(published, 1.0, 1))
        self.call("events.add", allow_locked=True, **self.scalar(published, 1.0, 1))

    def test_plots_and_logs_are_read_back(self):
        task = self.create()
        plot = {"type": "plot", "task": task, "metric": "summary", "variant": "job", "iter": 0}
        for n in range(3):
            self.api.batch([dict(plot, plot_str=json.dumps({"n": n})),
                            {"type": "log", "task": task, "msg": "line %d" % n, "timestamp": n}])

        plots = self.call("events.get_task_plots", task=task)["plots"]
        log = self.call("events.get_task_log", task=task, order="asc")["events"]

        self.assertEqual([json.loads(p["plot_str"]) for p in plots], [{"n": 2}])
        self.assertEqual([e["msg"] for e in log], ["line 0", "line 1", "line 2"])

    def test_debug_images_come_by_iteration_and_end(self):
        task = self.create()
        for i in range(3):
            self.api.batch([{"type": "training_debug_image", "task": task, "metric": "m",
                             "variant": "v", "iter": i, "key": "k", "url": "u%d" % i}])
        asked = [{"task": task, "metric": "m"}]

        first = self.call("events.debug_images", metrics=asked, iters=2)
        rest = self.call("events.debug_images", metrics=asked, iters=2,
                         scroll_id=first["scroll_id"])

        shown = first["metrics"][0]["iterations"]
        self.assertEqual([(i["iter"], i["events"][0]["url"]) for i in shown],
                         [(2, "u2"), (1, "u1")])
        self.assertFalse([i for m in rest["metrics"] for i in m["iterations"]])

    def test_at_most_2000_metrics_are_kept_in_the_task(self):
        task = self.create()

        self.api.batch([self.scalar(task, 1.0, 1, "m%d" % (i % 50), "v%d" % i)
                        for i in range(2100)])

        kept = sum(len(v) for v in self.task(task)["last_metrics"].values())
        self.assertEqual(kept, 2000)

    def test_the_id_of_an_event_is_that_of_the_real_server(self):
        task = "0f3b1c7e9d4a4f0e8a2c5b6d7e8f9a01"
        self.act("set", task=self.create(), fields={})
        import eventstore

        found = eventstore.event_id(self.scalar(task, 0.41, 3))

        self.assertEqual(found, "aa6b216fe2f7ce966201912467758947")


class Agents(Case):
    OBJECTIVE = ('def f(p):\n    for i in range(p["General/n"]):\n'
                 '        yield i, {"validation/loss": p["General/x"] / (i + 1)}, 0.02\n'
                 '    if p["General/x"] > 9: raise SystemExit(3)\n')

    def setUp(self):
        super().setUp()
        self.dir = tempfile.mkdtemp(prefix="hpo-standin-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def agent(self, *options):
        agent = self.standin.agent("--period", "0.05", "--watch-period", "0.05", *options)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.terminate)

    def enqueue(self, text=None, n="3", x="1.0", queue="default"):
        script = {"binary": "/bin/sh", "entry_point": "run.sh", "diff": text} if text else {}
        task = self.create(script=script, hyperparams={"General": {
            "n": param("General", "n", n, "int"), "x": param("General", "x", x)}})
        self.call("tasks.enqueue", task=task, queue_name=queue)
        return task

    def objective(self, queue):
        path = os.path.join(self.dir, "objective.py")
        with open(path, "w") as f:
            f.write(self.OBJECTIVE)
        self.agent("--objective", path, "--queue", queue)

    def test_scripts_run_and_their_status_tells_the_end(self):
        good = self.enqueue("echo hello from $CLEARML_TASK_ID\n", queue="scripts")
        bad = self.enqueue("exit 3\n", queue="scripts")

        self.agent("--queue", "scripts")

        self.assertEqual(self.wait(good, "completed")["status_reason"], "worker execution done")
        self.assertEqual(self.wait(bad, "failed")["status_reason"],
                         "worker execution exit code 3")
        log = self.call("events.get_task_log", task=good)["events"]
        self.assertIn("hello from " + good, [e["msg"] for e in log])
        self.assertTrue(self.task(good)["last_worker"].endswith(":0"))

    def test_a_stopped_script_is_ended_with_its_children(self):
        path = os.path.join(self.dir, "pid")
        text = "sleep 600 & echo $! >%s; wait\n" % path
        asked, set_so = (self.enqueue(text.replace("pid", "pid%d" % n), queue="stops")
                         for n in (1, 2))
        self.agent("--queue", "stops")
        for n in (1, 2):
            self.pid(path + str(n))

        self.call("tasks.stop", task=asked)
        self.call("tasks.stopped", task=set_so, status_message="enough")

        self.wait(asked, "stopped")
        self.assertEqual(self.wait(set_so, "stopped")["status_message"], "enough")
        for n in (1, 2):
            self.assertTrue(self.gone(self.pid(path + str(n))))

    def pid(self, path):
        """The number that a script writes to a file, once it is there."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                with open(path) as f:
                    return int(f.read())
            except (OSError, ValueError):
                time.sleep(0.02)
        self.fail("no number in %s" % path)

    def gone(self, pid):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with open("/proc/%d/stat" % pid) as f:
                    if f.read().rsplit(")", 1)[1].split()[0] == "Z":
                        return True
            except OSError:
                return True
            time.sleep(0.02)
        return False

    def test_an_objective_reports_as_a_task_does(self):
        good, bad = self.enqueue(x="6.0", queue="objectives"), self.enqueue(x="9.5",
                                                                           queue="objectives")

        self.objective("objectives")

        done = self.wait(good, "completed")
        self.assertEqual(done["last_metrics"][VALIDATION][LOSS]["value"], 2.0)
        self.assertEqual((done["last_iteration"], self.wait(bad, "failed")["status_reason"]),
                         (2, "worker execution exit code 3"))

    def test_an_objective_ends_when_its_task_does(self):
        stopped, reset, deleted = (self.enqueue(n="100000", queue="endless") for _ in range(3))
        self.objective("endless")
        for task in (stopped, reset, deleted):
            self.wait(task, "in_progress")

        self.call("tasks.stop", task=stopped)
        self.act("reset", task=reset)
        self.act("delete", task=deleted)

        self.assertEqual(self.wait(stopped, "stopped")["status_reason"],
                         "task was stopped by tasks.stop")
        after = [self.enqueue(queue="endless") for _ in range(4)]
        for task in after:
            self.wait(task, "completed")
        self.assertEqual(self.task(reset)["status"], "created")


class Speed(Case):
    def test_polling_stays_quick_with_2500_tasks_and_100000_events(self):
        base = self.create()
        ids = [self.call("tasks.clone", task=base, new_task_parent=base)["id"]
               for _ in range(2500)]
        for n in range(100):
            self.api.batch([self.scalar(ids[25 * n + i // 40], i, i % 40) for i in range(1000)])
        fields = ["id", "status", "last_metrics.%s.%s" % (VALIDATION, LOSS)]
        began = self.computed()
        for _ in range(100):
            rows = self.call("tasks.get_all", id=ids[:20], only_fields=fields)["tasks"]

        self.assertEqual(len(rows), 20)
        self.assertLess((self.computed() - began) / 100, 0.01)

    def computed(self):
        """Seconds that the server has computed: other than time, they do not depend on others."""
        with open("/proc/%d/stat" % self.standin.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    unittest.main()
