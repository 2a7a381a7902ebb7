"""Studies that are killed, doubled, starved: what a store must survive. HPO names the command."""
import json
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support.waiting import LIMIT_S, processes_with, signal_and_wait, wait_until  # noqa: E402

HPO = os.environ.get("HPO", ".build/cc/hpo")
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "30"))


# Says that it has begun, and goes on once five have: four are as many as one search runs.
FIVE = """#!/bin/sh
: >begun.$HPO_TRIAL
i=0
while [ $(ls begun.* | wc -l) -lt 5 ]; do i=$((i+1)); [ $i -lt 2000 ] || exit 1; sleep 0.05; done
sleep 0.4
echo loss=$HPO_TRIAL
"""

# Trial n ends once n + 3 of 24 has begun, and leaves a fifth a moment in which it must not begin.
FOUR = """#!/bin/sh
: >begun.$HPO_TRIAL
[ $(($(ls begun.* | wc -l) - $(ls ended.* 2>/dev/null | wc -l))) -le 4 ] || exit 2
last=$((HPO_TRIAL + 3))
[ $last -lt 24 ] || last=23
i=0
while [ ! -e begun.$last ]; do i=$((i+1)); [ $i -lt 5000 ] || exit 1; sleep 0.02; done
sleep 0.1
: >ended.$HPO_TRIAL
echo loss=$HPO_TRIAL
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="hpo-test-")
        os.chmod(self.dir, 0o755)
        self.marker = f"HPO_TEST_MARK={os.path.basename(self.dir)}"
        self.env = dict(os.environ)
        self.env["HPO_TEST_MARK"] = os.path.basename(self.dir)
        self.env.pop("HPO_STORE", None)
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.hpo = os.path.abspath(HPO)

    def script(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o755)
        return path

    def objective(self, sleep="0.2"):
        return self.script("f.sh", "#!/bin/sh\n"
                           f"sleep {sleep}\n"
                           "for a in \"$@\"; do case $a in --x=*) x=${a#--x=};; --y=*) y=${a#--y=};; esac; done\n"
                           "awk -v x=\"$x\" -v y=\"$y\" 'BEGIN { print \"loss=\" (x-1)^2 + (y+2)^2 }'\n")

    def search(self, *flags, command=None, trials=60, width=4):
        return [self.hpo, "search", "--store", "sqlite:t.db", "--name", "s", "--param", "x=float(-5,5)",
                "--param", "y=float(-5,5)", "--param", "k=choice(a,b)", "--minimize", "loss",
                "--total-max-jobs", str(trials), "--max-number-of-concurrent-tasks", str(width), "--seed", "1",
                *flags, "--", *(command or ["./f.sh"])]

    def run_hpo(self, *args, check=None, timeout=3 * LIMIT_S, **more):
        done = subprocess.run([self.hpo, *args] if args and not args[0].startswith("/") else list(args), cwd=self.dir,
                              env=self.env, capture_output=True, text=True, timeout=timeout, **more)
        if check is not None:
            self.assertEqual(done.returncode, check, done.stdout + done.stderr)
        return done

    def trials(self):
        done = self.run_hpo("trials", "s", "--store", "sqlite:t.db", "--json", check=0)
        return json.loads(done.stdout)["trials"]

    def assert_whole(self, trials, count):
        self.assertEqual([t["number"] for t in trials], list(range(count)))
        self.assertEqual([t["state"] for t in trials], ["completed"] * count)
        self.assertTrue(all(len(t["values"]) == 1 for t in trials))

    def assert_sound(self):
        with sqlite3.connect(os.path.join(self.dir, "t.db")) as db:
            self.assertEqual(db.execute("pragma integrity_check").fetchone(), ("ok",))

    def tasks(self):
        """Pids of this test's tasks: whoever bears both marks."""
        return set(processes_with(self.marker)) & set(processes_with("HPO_TRIAL="))

    def assert_no_orphans(self):
        """None is left within a time that is much shorter than those that they would live by themselves."""
        self.assertTrue(wait_until(lambda: not processes_with(self.marker), 60), processes_with(self.marker))

    def begun(self):
        return [name for name in os.listdir(self.dir) if name.startswith("begun.")]


class Killed(Case):
    def test_a_killed_search_resumes_and_loses_no_told_trial(self):
        draw = random.Random(int(os.environ.get("CRASH_SEED", "7")))
        for round_ in range(ROUNDS):
            with self.subTest(round=round_):
                self.killed_once(draw.uniform(0.02, 2.4))
                for name in os.listdir(self.dir):
                    if name.startswith("t.db"):
                        os.unlink(os.path.join(self.dir, name))

    def killed_once(self, after):
        self.objective()
        child = subprocess.Popen(self.search("--quiet"), cwd=self.dir, env=self.env, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        time.sleep(after)
        child.kill()
        child.wait()
        self.assert_no_orphans()
        before = []
        if os.path.exists(os.path.join(self.dir, "t.db")):
            shown = self.run_hpo("trials", "s", "--store", "sqlite:t.db", "--json")
            before = json.loads(shown.stdout)["trials"] if shown.returncode == 0 else []
        done = self.run_hpo(*self.search("--quiet"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        after_ = self.trials()
        self.assert_whole(after_, 60)
        self.assert_sound()
        for t in before:
            if t["state"] == "completed":
                self.assertEqual(after_[t["number"]]["values"], t["values"])
                self.assertEqual(after_[t["number"]]["params"], t["params"])
        # The default may read two good points twice, to learn whether there is noise; no others.
        own = [t for t in after_ if t["arm"] != "replicate"]
        self.assertGreaterEqual(len(own), 58)
        self.assertEqual(len({json.dumps(t["params"], sort_keys=True) for t in own}), len(own))

    def test_four_run_at_once_all_the_time(self):
        self.script("f.sh", FOUR)
        self.run_hpo(*self.search("--quiet", trials=24), check=0)
        self.assert_whole(self.trials(), 24)

    def test_two_searches_share_one_study(self):
        self.script("f.sh", FIVE)
        both = [subprocess.Popen(self.search("--quiet", trials=24), cwd=self.dir, env=self.env, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True) for _ in range(2)]
        for child in both:
            out, err = child.communicate(timeout=LIMIT_S)
            self.assertEqual(child.returncode, 0, out + err)
        self.assert_whole(self.trials(), 24)
        workers = {w for (w,) in sqlite3.connect(os.path.join(self.dir, "t.db")).execute(
            "select distinct ran_by from trials")}
        self.assertEqual(len(workers), 2, workers)

    def test_the_survivor_takes_over_what_a_killed_one_ran(self):
        self.script("f.sh", FIVE)
        both = [subprocess.Popen(self.search("--quiet", trials=24), cwd=self.dir, env=self.env,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
        self.assertTrue(wait_until(lambda: len(self.begun()) >= 5))
        both[0].kill()
        both[0].wait()
        self.assertEqual(both[1].wait(timeout=LIMIT_S), 0)
        self.assert_whole(self.trials(), 24)

    def test_a_supervisor_that_is_killed_takes_its_task_along(self):
        self.script("f.sh", "#!/bin/sh\nsleep 600\necho loss=1\n")
        child = subprocess.Popen(self.search("--quiet", trials=2, width=1), cwd=self.dir, env=self.env,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertTrue(wait_until(self.tasks))
        child.kill()
        child.wait()
        self.assert_no_orphans()


class Interrupted(Case):
    def start(self, text, *flags, **more):
        self.script("f.sh", text)
        return subprocess.Popen(self.search(*flags, **more), cwd=self.dir, env=self.env, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def test_one_interrupt_ends_in_order_and_the_same_command_resumes(self):
        child = self.start("#!/bin/sh\n: >begun.$HPO_TRIAL\n"
                           "[ $HPO_TRIAL -lt 4 ] || [ -e go ] || sleep 600\necho loss=1\n", "--quiet", trials=16)
        self.assertTrue(wait_until(lambda: len(self.begun()) >= 8))
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=LIMIT_S)
        self.assertEqual(child.returncode, 130, out + err)
        self.assert_no_orphans()
        states = [t["state"] for t in self.trials()]
        self.assertEqual(states, ["completed"] * 4 + ["waiting"] * 4)
        self.script("go", "")
        self.run_hpo(*self.search("--quiet", trials=16), check=0)
        self.assert_whole(self.trials(), 16)

    def test_two_interrupts_end_at_once(self):
        child = self.start("#!/bin/sh\ntrap '' TERM\nsleep 600 & wait; sleep 600\n", "--quiet", "--grace-seconds", "8",
                           trials=4)
        self.assertTrue(wait_until(self.tasks))
        signal_and_wait(child, signal.SIGINT)
        self.assertIsNone(child.poll())
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=LIMIT_S)
        self.assertTrue(self.tasks(), "it waited for its tasks, which had some time of grace left")
        self.assertIn(child.returncode, (130, -signal.SIGINT))  # a shell shows either as 130
        self.assert_no_orphans()

    def test_stop_from_another_process_ends_the_run(self):
        child = self.start("#!/bin/sh\n: >begun.$HPO_TRIAL\n[ $HPO_TRIAL -lt 4 ] || sleep 600\necho loss=1\n",
                           "--quiet", trials=1000)
        self.assertTrue(wait_until(lambda: len(self.begun()) >= 8))
        self.run_hpo("stop", "s", "--store", "sqlite:t.db", check=0)
        child.communicate(timeout=LIMIT_S)
        self.assertEqual(child.returncode, 0)
        self.assert_no_orphans()


class Pruned(Case):
    def test_a_trial_that_asha_stops_is_gone_with_its_children(self):
        # Each trial is worse than those before it, so all but the first few are stopped, whatever ran beside them.
        self.script("f.sh", "#!/bin/sh\n"
                    "setsid sh -c 'trap \"\" TERM; sleep 600' &\n"
                    "sh -c 'trap \"\" TERM; while :; do sleep 1; done' &\n"
                    "trap '' TERM\n"
                    "i=0; while [ $i -lt 27 ]; do i=$((i+1)); echo \"iteration=$i loss=$HPO_TRIAL\"; sleep 0.1; done\n")
        child = subprocess.Popen(self.search("--pruner", "asha", "--max-iteration-per-job", "27", "--json", trials=12),
                                 cwd=self.dir, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        gone = {}
        while child.poll() is None:
            self.look(gone)
            time.sleep(0.1)
        child.communicate()
        self.look(gone)
        self.assertEqual(child.returncode, 0)
        self.assertGreater(len(gone), 4)
        self.assertEqual({n: p for n, p in gone.items() if p}, {})
        self.assert_no_orphans()

    def look(self, gone):
        """Notes what is left of each trial that is pruned by now, when that is first seen."""
        if not os.path.exists(os.path.join(self.dir, "t.db")):
            return
        shown = self.run_hpo("trials", "s", "--store", "sqlite:t.db", "--json")
        for t in json.loads(shown.stdout)["trials"] if shown.returncode == 0 else []:
            if t["state"] == "pruned" and t["number"] not in gone:
                gone[t["number"]] = sorted(self.tasks() & set(processes_with(f"HPO_TRIAL={t['number']}\0")))


class Tasks(Case):
    """Commands as bad as they come: each has one outcome, and none stops the study."""

    def one(self, text, *flags, trials=1):
        self.script("f.sh", text)
        done = self.run_hpo(*self.search("--quiet", *flags, trials=trials, width=1))
        return done, (self.trials() if os.path.exists(os.path.join(self.dir, "t.db")) else [])

    def test_a_missing_command_starts_nothing(self):
        for command in ("./none", "/no/such", "no-such-program"):
            done = self.run_hpo(*self.search("--quiet", command=[command]))

            self.assertEqual(done.returncode, 1)
            self.assertIn(command, done.stderr)
            self.assertEqual(os.listdir(self.dir), [])

    def test_a_command_that_may_not_be_executed_is_named(self):
        self.objective()
        os.chmod(os.path.join(self.dir, "f.sh"), stat.S_IRUSR)

        done = self.run_hpo(*self.search("--quiet"))

        self.assertEqual(done.returncode, 1)
        self.assertIn("f.sh", done.stderr)

    def test_garbage_fails_the_trial_and_says_what_is_missing(self):
        done, trials = self.one("#!/bin/sh\nhead -c 4096 /dev/urandom\necho\n")

        self.assertEqual(done.returncode, 2)
        self.assertEqual(trials[0]["state"], "failed")
        self.assertIn("loss", trials[0]["reason"])

    def test_a_hundred_megabytes_of_output_do_no_harm(self):
        done, trials = self.one("#!/bin/sh\nyes 'no report at all' | head -c 100000000\necho\necho loss=3\n")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(trials[0]["values"], [3.0])

    def test_a_line_without_an_end_does_no_harm(self):
        done, trials = self.one("#!/bin/sh\nhead -c 20000000 /dev/zero | tr '\\0' x\necho\nprintf loss=4\n")

        self.assertEqual(trials[0]["values"], [4.0], done.stderr)

    def test_one_that_never_ends_is_failed_at_its_time_limit(self):
        done, trials = self.one("#!/bin/sh\nwhile :; do sleep 1; done\n", "--time-limit-per-job", "0.02")

        self.assertEqual(trials[0]["state"], "failed")
        self.assertIn("time limit", trials[0]["reason"])
        self.assertEqual(done.returncode, 2)

    def test_one_that_ignores_sigterm_is_killed(self):
        done, trials = self.one("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n", "--time-limit-per-job", "0.02")

        self.assertEqual(trials[0]["state"], "failed")
        self.assert_no_orphans()

    def test_children_that_outlive_it_are_ended(self):
        done, trials = self.one("#!/bin/sh\nsetsid sh -c 'sleep 600' &\nsleep 600 &\necho loss=5\nexit 0\n")

        self.assertEqual(trials[0]["values"], [5.0])
        self.assert_no_orphans()

    def test_one_that_is_killed_has_failed_by_that_signal(self):
        done, trials = self.one("#!/bin/sh\nkill -9 $$\n")

        self.assertEqual(trials[0]["state"], "failed")
        self.assertIn("SIGKILL", trials[0]["reason"])

    def test_nan_fails_the_trial_but_not_the_study(self):
        done, trials = self.one("#!/bin/sh\n[ $HPO_TRIAL = 0 ] && echo loss=nan || echo loss=1\n", trials=3)

        self.assertEqual(done.returncode, 0)
        self.assertEqual([t["state"] for t in trials], ["failed", "completed", "completed"])
        self.assertIsNone(trials[0]["values"])

    def test_a_failing_trial_is_retried_under_its_number(self):
        done, trials = self.one("#!/bin/sh\n[ -e once ] && { echo loss=1; exit 0; }\n: >once\nexit 3\n",
                                "--retries", "1")

        self.assertEqual(done.returncode, 0)
        self.assertEqual([t["number"] for t in trials], [0])
        self.assertEqual(trials[0]["attempt"], 1)

    def test_too_many_failures_end_the_run(self):
        done, trials = self.one("#!/bin/sh\nexit 1\n", "--failure-rate", "0.5", trials=100)

        self.assertEqual(done.returncode, 4 if any(t["state"] == "completed" for t in trials) else 2, done.stderr)
        self.assertLess(len(trials), 20)

    def test_a_report_after_the_end_is_not_waited_for(self):
        done, trials = self.one("#!/bin/sh\n(sleep 600; echo loss=9) &\necho loss=1\n")

        self.assertEqual(trials[0]["values"], [1.0])


class Stores(Case):
    def test_a_store_of_a_newer_version_is_refused_and_left_alone(self):
        self.objective(sleep="0")
        self.run_hpo(*self.search("--quiet", trials=2), check=0)
        with sqlite3.connect(os.path.join(self.dir, "t.db")) as db:
            db.execute("pragma user_version = 99")

        done = self.run_hpo(*self.search("--quiet", trials=4))

        self.assertIn(done.returncode, (1, 4))
        self.assertIn("99", done.stderr)

    def test_a_file_that_is_no_store_is_refused(self):
        self.objective(sleep="0")
        with open(os.path.join(self.dir, "t.db"), "w") as f:
            f.write("not a database at all " * 100)

        done = self.run_hpo(*self.search("--quiet", trials=4))

        self.assertIn(done.returncode, (1, 4))
        self.assertIn("t.db", done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "mounts a small file system")
    def test_a_full_disk_is_said_and_corrupts_nothing(self):
        mount = os.path.join(self.dir, "small")
        os.mkdir(mount)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", mount],
                          capture_output=True).returncode != 0:
            self.skipTest("this machine may not mount")
        self.addCleanup(subprocess.run, ["umount", mount])
        self.objective(sleep="0")
        command = self.search("--quiet", trials=3000, width=4)
        command[command.index("sqlite:t.db")] = "sqlite:small/t.db"

        done = subprocess.run(command, cwd=self.dir, env=self.env, capture_output=True, text=True, timeout=3 * LIMIT_S)

        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("full", done.stderr)
        self.assert_no_orphans()
        for name in ("t.db", "t.db-wal", "t.db-shm"):
            if os.path.exists(os.path.join(mount, name)):
                shutil.copy(os.path.join(mount, name), self.dir)
        self.assert_sound()
        told = [t for t in self.trials() if t["state"] == "completed"]
        self.assertGreater(len(told), 10)


class Same(Case):
    def test_one_worker_and_one_seed_give_the_same_trials(self):
        self.objective(sleep="0")
        runs = []
        for name in ("a", "b"):
            command = self.search("--quiet", trials=40, width=1)
            command[command.index("s")] = name
            self.run_hpo(*command, check=0)
            shown = self.run_hpo("trials", name, "--store", "sqlite:t.db", "--json", check=0)
            runs.append([(t["params"], t["values"]) for t in json.loads(shown.stdout)["trials"]])

        self.assertEqual(runs[0], runs[1])
        self.assertEqual(len(runs[0]), 40)

    def test_a_grid_of_a_mixed_conditional_space_has_every_point_once(self):
        self.script("g.sh", "#!/bin/sh\necho loss=1\n")
        study = {"name": "s", "objectives": [{"series": "loss", "goal": "min"}], "strategy": {"name": "grid"},
                 "parameters": [{"name": "o", "type": "categorical", "choices": ["sgd", "adam"]},
                                {"name": "m", "type": "float", "low": 0, "high": 0.3, "step": 0.1, "when": {"o": ["sgd"]}},
                                {"name": "n", "type": "int", "low": 1, "high": 3},
                                {"name": "b", "type": "bool"}],
                 "limits": {"concurrent": 3}, "task": {"backend": "process", "command": ["./g.sh"]}, "store": "sqlite:t.db"}
        with open(os.path.join(self.dir, "s.json"), "w") as f:
            json.dump(study, f)

        self.run_hpo("search", "--study", "s.json", "--quiet", check=0)

        points = sorted(json.dumps(t["params"], sort_keys=True) for t in self.trials())
        expected = sorted(json.dumps({"o": o, "n": n, "b": b, **m}, sort_keys=True)
                          for o, ms in (("sgd", [{"m": v} for v in (0.0, 0.1, 0.2, 0.3)]), ("adam", [{}]))
                          for m in ms for n in (1, 2, 3) for b in (False, True))
        self.assertEqual(points, expected)


if __name__ == "__main__":
    unittest.main(verbosity=1)
