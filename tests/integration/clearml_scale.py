"""Hundreds of clones at once, thousands that have ended: what a look at them costs."""
import json
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/clearml"))

from harness import LIMIT_S, SPACE, Bed, end, property_of, wait_until  # noqa: E402

LIVE = int(os.environ.get("SCALE_LIVE", "500"))
ENDED = int(os.environ.get("SCALE_ENDED", "2000"))
HISTOGRAM = "events.multi_task_scalar_metrics_iter_histogram"


class Case(unittest.TestCase):
    def setUp(self):
        self.bed = Bed(workers=0)
        self.addCleanup(self.bed.end)
        self.bed.options(bodies=True)

    def looks(self, run, since):
        """The requests of each look at the clones: who asks for one again begins the next."""
        looks, seen = [], set()
        optimizers = {t["id"] for t in run.optimizers()}
        for entry in self.bed.log(since, "tasks.get_all"):
            ids = set(json.loads(entry["body"]).get("id", ())) - optimizers
            if ids:
                if not looks or ids & seen:
                    looks, seen = looks + [[]], set()
                looks[-1].append(entry)
                seen |= ids
        return looks

    def wait_for_looks(self, run, count, since):
        """Until so many looks are whole: one more has begun."""
        self.assertTrue(wait_until(lambda: len(self.looks(run, since)) > count))

    def report_for(self, tasks, iteration):
        """Every task reports once, in a few batches, as if agents ran them."""
        for start in range(0, len(tasks), 100):
            self.bed.client.batch([
                {"type": "training_stats_scalar", "task": t, "metric": "validation",
                 "variant": "loss", "iter": iteration, "value": 1.0 / iteration + i / 1000}
                for i, t in enumerate(tasks[start:start + 100])])


class Live(Case):
    def test_500_live_clones_are_looked_at_with_two_requests(self):
        run = self.bed.run("live", trials=LIVE, concurrent=LIVE, pruner="median",
                           task={"poll_seconds": 0.5}, limits={"max_iterations": 50})
        begin = time.monotonic()
        child = run.start("--quiet")
        self.addCleanup(end, child)
        self.assertTrue(wait_until(lambda: self.bed.counts().get("tasks.enqueue", 0) == LIVE))
        launched = time.monotonic() - begin
        clones = [c["id"] for c in run.clones()]
        for clone in clones:
            self.bed.client.call("tasks.started", task=clone, force=True)
        for iteration in (1, 2, 3, 4):
            since = self.bed.clock()
            self.report_for(clones, iteration)
            self.wait_for_looks(run, 1, since)
        since = self.bed.clock()
        self.report_for(clones, 5)
        self.wait_for_looks(run, 6, since)

        looks, counts = self.looks(run, since), self.bed.counts(since)
        child.send_signal(2)
        child.communicate(timeout=LIMIT_S)

        curves = self.bed.counts().get(HISTOGRAM, 0)
        most = max(len(look) for look in looks)
        print("\n%d clones in %.1f s; %d looks, at most %d requests each, %d bytes; curves were "
              "asked for %d times in all, %d in these looks"
              % (len(clones), launched, len(looks), most,
                 sum(e["response_bytes"] for e in looks[-1]), curves, counts.get(HISTOGRAM, 0)))
        self.assertEqual(len(clones), LIVE)
        self.assertGreater(len(looks), 3)
        self.assertLessEqual(most, 2)
        self.assertEqual(run.alive(), [])
        self.assertEqual(child.returncode, 130)

    def test_curves_that_are_needed_are_asked_for_a_hundred_at_a_time(self):
        """last_iteration is that of another metric: then the objective's own curve tells."""
        live = min(LIVE, 150)
        run = self.bed.run("curves", trials=live, concurrent=live, pruner="median",
                           task={"poll_seconds": 0.5}, limits={"max_iterations": 50})
        child = run.start("--quiet")
        self.addCleanup(end, child)
        self.assertTrue(wait_until(lambda: self.bed.counts().get("tasks.enqueue", 0) == live))
        clones = [c["id"] for c in run.clones()]
        for clone in clones:
            self.bed.client.call("tasks.started", task=clone, force=True)
        for iteration in (1, 2, 3):
            self.bed.client.batch([
                {"type": "training_stats_scalar", "task": t, "metric": "train", "variant": "loss",
                 "iter": 1000 * iteration, "value": 1.0} for t in clones])
            since = self.bed.clock()
            self.report_for(clones, iteration)
            self.wait_for_looks(run, 2, since)

        child.send_signal(2)
        child.communicate(timeout=LIMIT_S)

        asked = self.bed.log(0, HISTOGRAM)
        sizes = [len(json.loads(e["body"])["tasks"]) for e in asked]
        print("\n%d clones, 3 reports each: curves were asked for %d times, %d bytes"
              % (live, len(asked), sum(e["response_bytes"] for e in asked)))
        self.assertLessEqual(max(sizes), 100)
        self.assertLessEqual(len(asked), 5 * (live // 100 + 1))
        self.assertLessEqual(max(t["iteration"] or 0 for t in run.trials()), 3)


class Ended(Case):
    def test_ended_trials_cost_a_look_nothing(self):
        few, many = (self.cost_of_a_look(count) for count in (0, ENDED))
        print("\na look at 4 live clones: %s with none ended, %s with %d" % (few, many, ENDED))

        self.assertEqual(few["calls"], many["calls"])
        self.assertEqual(few["rows"], many["rows"])
        self.assertEqual(few["fields"], many["fields"])
        self.assertLess(abs(few["sent"] - many["sent"]), 60)
        self.assertLess(abs(few["received"] - many["received"]), 250)

    def cost_of_a_look(self, ended):
        """{what: how much} of one look at four live clones, with so many trials that ended."""
        run = self.bed.run("ended-%d" % ended, trials=ended + 4, concurrent=4,
                           task={"poll_seconds": 0.3})
        if ended:
            self.fill(run, ended)
        since = self.bed.clock()
        child = run.start("--quiet")
        self.addCleanup(end, child)
        self.assertTrue(wait_until(
            lambda: self.bed.counts(since).get("tasks.enqueue", 0) == 4))
        self.wait_for_looks(run, 3, self.bed.clock())
        since = self.bed.clock()
        self.wait_for_looks(run, 8, since)
        looks = [e for e in self.bed.log(since) if e["endpoint"] != "events.add_batch"]
        child.send_signal(2)
        child.communicate(timeout=LIMIT_S)
        bodies = [json.loads(e["body"]) for e in looks if e["endpoint"] == "tasks.get_all"]
        self.assertGreater(len(bodies), 5)
        return {"calls": sorted({e["endpoint"] for e in looks} - {"workers.get_all", "tasks.ping"}),
                "rows": {len(b["id"]) for b in bodies},
                "fields": {tuple(b["only_fields"]) for b in bodies},
                "sent": max(e["request_bytes"] for e in looks),
                "received": max(e["response_bytes"] for e in looks)}

    def fill(self, run, count):
        """Trials that ended, put into the store; and clones of them, put onto the server."""
        made = run.start("--quiet")
        self.assertTrue(wait_until(run.optimizers))
        end(made, 2)
        optimizer = run.optimizers()[0]
        study = property_of(optimizer, "hpo_study")
        base = run.study["task"]["base_task"]
        lines = []
        for i in range(count):
            clone = self.bed.client.call(
                "tasks.clone", task=base, new_task_parent=optimizer["id"],
                new_task_hyperparams={"properties": {
                    k: {"section": "properties", "name": k, "value": v, "type": "str"}
                    for k, v in (("hpo_study", study), ("hpo_trial", str(i)))}})["id"]
            self.bed.act("set_status", clone, status="completed")
            lines.append({"params": {SPACE[0]["name"]: -5 + i * 10 / count,
                                     SPACE[1]["name"]: 1 + i % 4},
                          "state": "completed", "values": [1.0 + i]})
        path = os.path.join(run.dir, "old.json")
        with open(path, "w") as f:
            json.dump({"trials": lines}, f)
        done = run.hpo("import", run.name, path)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
