"""ASHA by promotion over real processes: pauses, checkpoints, a driver that is killed."""
import collections
import json
import os
import signal
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support.command import HPO, Case  # noqa: E402
from support.waiting import LIMIT_S, processes_with, wait_until  # noqa: E402

# Writes its checkpoint, notes what it trained, and reports: in this order, so that what is noted
# is never trained again. A signal is obeyed between two iterations. While there is a file "hold",
# trials from the tenth on do not begin: then three of them run, and nothing changes any more.
TRAIN = """
import json, os, signal, sys, time
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
folder = os.environ["HPO_CHECKPOINT"]
path = os.path.join(folder, "state")
done = int(open(path).read()) if os.path.exists(path) else 0
assert done >= int(os.environ["HPO_RESUME_ITERATION"]), "the checkpoint is older than the report"
x = float(sys.argv[1])
while done < 9 and not stop:
    time.sleep(0.02)
    if int(os.environ["HPO_TRIAL"]) >= 10 and os.path.exists("hold"):
        continue
    done += 1
    with open(path + ".new", "w") as file:
        file.write(str(done))
    os.rename(path + ".new", path)
    with open("trained", "a") as file:
        file.write(f"{os.environ['HPO_TRIAL']} {done}\\n")
    print(f"iteration={done} loss={x + 1 / done}", flush=True)
    if done in (1, 3):
        time.sleep(0.2)  # a rung: most are told to pause before they go further
"""
LIMITS = {"trials": 20, "concurrent": 3, "max_iterations": 9}


class Promotion(Case):
    def setUp(self):
        super().setUp()
        with open(os.path.join(self.dir, "train.py"), "w") as file:
            file.write(TRAIN)
        self.env["HPO_TEST_MARK"] = os.path.basename(self.dir)
        self.write_study()

    def write_study(self, **changes):
        study = {"name": "s", "parameters": [{"name": "x", "type": "float", "low": 0, "high": 1}],
                 "objectives": [{"series": "loss"}], "strategy": {"name": "random", "seed": 3},
                 "pruner": {"name": "asha", "mode": "promote"}, "limits": LIMITS,
                 "task": {"command": [sys.executable, "train.py", "{x}"],
                          "checkpoint_dir": "checkpoints", "grace_seconds": 5}}
        study.update(changes)
        with open(os.path.join(self.dir, "study.json"), "w") as file:
            json.dump(study, file)

    def trials(self):
        return self.json("trials", "s", "--json")["trials"]

    def trained(self):
        """How often each (trial, iteration) was trained."""
        with open(os.path.join(self.dir, "trained")) as file:
            return collections.Counter(tuple(map(int, line.split())) for line in file)

    def check_end(self, count=20):
        trials = self.trials()
        self.assertEqual([t["number"] for t in trials], list(range(count)))
        self.assertEqual({t["state"] for t in trials} - {"completed", "pruned"}, set())
        self.assertGreaterEqual(sum(t["state"] == "completed" for t in trials), 1)
        for trial in trials:
            self.assertEqual(trial["attempt"], 0)
            if trial["state"] == "pruned":
                # Some go on a little before they hear of it, and what one driver has not among
                # the best may be there for the other, which has heard of fewer by then.
                self.assertIn(trial["iteration"], range(1, 9))
                self.assertRegex(trial["reason"], r"^rung [13]: |^it was never promoted$")
                self.assertAlmostEqual(trial["values"][0],
                                       trial["params"]["x"] + 1 / trial["iteration"])
        twice = {key: n for key, n in self.trained().items() if n > 1}
        self.assertEqual(twice, {})
        return trials

    def test_no_iteration_is_trained_twice(self):
        out = self.json("search", "--study", "study.json", "--json")
        trials = self.check_end()

        self.assertEqual(out["trials"]["total"], 20)
        self.assertNotEqual({t["iteration"] for t in trials}, {9})
        # Whoever reached the rung at 3 was paused at 1 before, the few passed at once aside.
        best = min(trials, key=lambda t: t["params"]["x"])
        self.assertEqual(best["state"], "completed")

    def test_a_driver_that_is_killed_loses_no_pause(self):
        process = self.start_and_hold()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        # What it ran is told to end, and goes on for an iteration at most.
        mark = "HPO_TEST_MARK=" + os.path.basename(self.dir)
        self.assertTrue(wait_until(lambda: not processes_with(mark)))
        paused = [t["number"] for t in self.trials() if t.get("paused")]
        self.assertGreaterEqual(len(paused), 4)
        self.assertIn(" paused ", self.hpo("trials", "s").stdout)
        os.remove(os.path.join(self.dir, "hold"))

        self.hpo("search", "--study", "study.json")
        trials = self.trials()
        self.assertEqual(len(trials), 20)
        self.assertEqual({t["state"] for t in trials} - {"completed", "pruned"}, set())
        twice = {key for key, n in self.trained().items() if n > 1}
        self.assertEqual(twice, set())

    def start_and_hold(self):
        """A search of which three trials are held, the others having got as far as they could."""
        self.write("hold", "")
        process = self.start("search", "--study", "study.json")
        self.assertTrue(wait_until(lambda: self.count("state = 0 AND told > 0") >= 4 and
                                   self.count("state = 1 AND number >= 10") == 3))
        return process

    def count(self, which):
        path = os.path.join(self.dir, "hpo.db")
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
                return db.execute("SELECT count(*) FROM trials WHERE " + which).fetchone()[0]
        except sqlite3.OperationalError:  # it is not there yet
            return 0

    def test_two_drivers_share_what_is_paused(self):
        both = [self.start("search", "--study", "study.json") for _ in range(2)]
        for process in both:
            _, err = process.communicate(timeout=3 * LIMIT_S)
            self.assertEqual(process.returncode, 0, err)
        self.check_end()

    def test_an_interrupted_search_keeps_its_pauses(self):
        process = self.start_and_hold()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LIMIT_S)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("paused", out)
        os.remove(os.path.join(self.dir, "hold"))

        self.hpo("search", "--study", "study.json")
        twice = {key for key, n in self.trained().items() if n > 1}
        self.assertEqual(twice, set())
        self.assertEqual(len(self.trials()), 20)

    def test_too_few_trials_to_promote_one_still_complete_one(self):
        self.write_study(limits={**LIMITS, "trials": 2})
        self.hpo("search", "--study", "study.json")
        self.check_end(2)

    def test_promotion_without_checkpoints_is_refused(self):
        self.write_study(task={"command": [sys.executable, "train.py", "{x}"]})
        process = self.start("search", "--study", "study.json")
        _, err = process.communicate(timeout=LIMIT_S)
        self.assertEqual(process.returncode, 1)
        self.assertIn("task.checkpoint_dir", err)

    def test_the_digits_trainer_goes_on_where_it_stopped(self):
        train = os.path.join(os.path.dirname(HPO), "examples/digits/train")
        data = os.path.abspath("examples/digits/data/digits.csv")

        def run(*args):
            return subprocess.run([train, "--data", data, *args], cwd=self.dir, check=True,
                                  capture_output=True, text=True).stdout.splitlines()

        whole = run("--epochs", "4")
        run("--epochs", "2", "--checkpoint", self.dir)
        self.assertEqual(run("--epochs", "4", "--checkpoint", self.dir), whole[2:4])


if __name__ == "__main__":
    unittest.main()
