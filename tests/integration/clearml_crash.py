"""Searches on a ClearML server whose driver is killed or interrupted: the same command goes on.

CRASH_ROUNDS says how often the driver is killed (20), CRASH_SEED when.
"""
import os
import random
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/clearml"))

from harness import (LIMIT_S, Bed, end, number_of, property_of, signal_and_wait,  # noqa: E402
                     wait_until)

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "20"))


class Case(unittest.TestCase):
    def setUp(self):
        self.bed = Bed(workers=4)
        self.addCleanup(self.bed.end)

    def started(self, run, clones):
        """A search that has made some clones, and put them into the queue."""
        child = run.start("--quiet")
        self.addCleanup(end, child)
        self.assertTrue(wait_until(lambda: len(
            [c for c in run.clones() if c["status"] != "created"]) >= clones))
        return child

    def finish(self, run, trials):
        """Resumes a search, to so many trials in all."""
        run.study["limits"]["trials"] = trials
        run.write()
        done = run.search("--quiet")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(run.wrong(trials), [])


class Killed(Case):
    def test_a_driver_that_is_killed_again_and_again_loses_and_doubles_nothing(self):
        draw = random.Random(int(os.environ.get("CRASH_SEED", "3")))
        run = self.bed.run("killed", self.bed.base(epochs=5, pause=0.2), trials=1000, concurrent=4)
        for _ in range(ROUNDS):
            child = run.start("--quiet")
            time.sleep(draw.uniform(0.03, 1.1))
            self.assertIsNone(child.poll(), "it ended before it was killed")
            end(child)
        trials = run.trials()
        done = sum(t["state"] == "completed" for t in trials)
        print("\nkilled %d times, %d of %d trials were done by then"
              % (ROUNDS, done, len(trials) + 4))

        self.finish(run, len(trials) + 4)

        self.assertEqual(self.again(run), [])

    def again(self, run):
        """Trials that were run more than once, though nothing of theirs went wrong."""
        clones = {}
        for clone in run.clones():
            clones.setdefault(number_of(clone), []).append(clone["status"])
        return [(n, found) for n, found in sorted(clones.items()) if len(found) > 1]

    def test_a_driver_that_is_killed_between_any_two_calls_is_followed_by_one_that_knows(self):
        for endpoint in ("tasks.create", "tasks.started", "tasks.clone", "tasks.enqueue",
                         "tasks.get_all", "events.add_batch", "tasks.completed"):
            for effect in (False, True):
                with self.subTest(endpoint=endpoint, effect=effect):
                    self.killed_at(endpoint, effect)

    def killed_at(self, endpoint, effect):
        run = self.bed.run("at-%s-%d" % (endpoint, effect), trials=4, concurrent=2)
        since = self.bed.clock()
        self.bed.faults({"kind": "slow", "endpoint": endpoint, "seconds": 2, "count": 1,
                         "effect": effect, "after": int(endpoint in ("tasks.clone",
                                                                     "tasks.enqueue"))})
        child = run.start("--quiet")
        self.assertTrue(wait_until(lambda: self.bed.hits() == [1]))
        end(child)
        self.bed.faults()
        # What was held up has its effect after the death of who asked.
        self.assertTrue(wait_until(lambda: [e for e in self.bed.log(since, endpoint)
                                            if e["fault"] == "slow"]))

        self.finish(run, 4)
        self.assertEqual(self.again(run), [])

    def test_clones_that_end_while_no_driver_is_there_are_counted(self):
        run = self.bed.run("meanwhile", self.bed.base(epochs=8, pause=0.1), trials=8, concurrent=4)
        end(self.started(run, 4))
        self.assertTrue(wait_until(lambda: not run.alive()))
        before = {c["id"] for c in run.clones() if c["status"] == "completed"}

        self.finish(run, 8)

        self.assertGreater(len(before), 2)
        self.assertLessEqual(before, {t["task"] for t in run.trials()})

    def test_two_drivers_share_a_study(self):
        run = self.bed.run("shared", trials=16, concurrent=2)
        both = [run.start("--quiet") for _ in range(2)]
        for child in both:
            out, err = child.communicate(timeout=LIMIT_S)
            self.assertEqual(child.returncode, 0, out + err)

        self.assertEqual(run.wrong(16), [])
        self.assertEqual(self.again(run), [])

    def test_the_survivor_of_two_takes_over_the_clones_of_the_other(self):
        run = self.bed.run("survivor", self.bed.base(epochs=10, pause=0.1), trials=12, concurrent=2)
        victim, survivor = run.start("--quiet"), run.start("--quiet")
        self.addCleanup(end, survivor)
        drivers = lambda: {property_of(c, "hpo_driver") for c in run.clones()}  # noqa: E731
        self.assertTrue(wait_until(lambda: len(drivers()) == 2))
        end(victim)

        out, err = survivor.communicate(timeout=LIMIT_S)

        self.assertEqual(survivor.returncode, 0, out + err)
        self.assertEqual(run.wrong(12), [])
        self.assertEqual(self.again(run), [])


class Interrupted(Case):
    def test_one_interrupt_leaves_nothing_running_and_the_same_command_resumes(self):
        run = self.bed.run("interrupted", self.bed.base(epochs=6, pause=0.1), trials=1000,
                           concurrent=6)
        child = self.started(run, 8)

        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=LIMIT_S)

        self.assertEqual(child.returncode, 130, out + err)
        self.assertEqual([c["status"] for c in run.alive()], [])
        self.assertEqual([t["status"] for t in run.optimizers()], ["stopped"])
        time.sleep(1)
        self.assertEqual([c["status"] for c in run.alive()], [])
        self.finish(run, len(run.trials()) + 4)

    def test_an_interrupt_while_the_server_is_away_ends_within_40_seconds(self):
        run = self.bed.run("away", self.bed.base(epochs=6000, pause=0.1), trials=12)
        child = self.started(run, 3)
        self.bed.faults({"kind": "503", "endpoint": "*"})
        time.sleep(1)

        begin = time.monotonic()
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=LIMIT_S)

        self.assertLess(time.monotonic() - begin, 60)  # a busy machine may make more of them
        self.assertEqual(child.returncode, 130)
        self.bed.faults()
        self.assertEqual(len(run.alive()), 3)
        since = self.bed.clock()
        again = run.start("--quiet")
        self.addCleanup(end, again)
        self.assertTrue(wait_until(lambda: self.bed.counts(since).get("tasks.get_all", 0) > 4))
        self.assertEqual([t["state"] for t in run.trials()], ["running"] * 3)
        again.send_signal(signal.SIGINT)
        again.communicate(timeout=LIMIT_S)
        self.assertEqual(len(run.clones()), 3)
        self.assertEqual([c["status"] for c in run.alive()], [])

    def test_two_interrupts_end_at_once(self):
        run = self.bed.run("twice", self.bed.base(epochs=600, pause=0.1), trials=12)
        child = self.started(run, 3)
        self.bed.faults({"kind": "slow", "endpoint": "tasks.*", "seconds": 100})

        signal_and_wait(child, signal.SIGINT)
        self.assertIsNone(child.poll())
        begin = time.monotonic()
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=LIMIT_S)

        self.assertLess(time.monotonic() - begin, 15)  # to end in order would take 20
        self.assertIn(child.returncode, (130, -signal.SIGINT))

    def test_a_time_limit_leaves_nothing_running(self):
        run = self.bed.run("limit", self.bed.base(epochs=5, pause=0.05), trials=1000,
                           concurrent=8, limits={"minutes": 0.1})

        done = run.search("--quiet")

        self.assertIn(done.returncode, (0, 2), done.stderr)  # 2: none was completed in that time
        self.assertTrue(run.clones())
        self.assertEqual([c["status"] for c in run.alive()], [])
        time.sleep(1)
        self.assertEqual([c["status"] for c in run.alive()], [])


if __name__ == "__main__":
    unittest.main()
