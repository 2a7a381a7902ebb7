"""The command hpo: every subcommand, flag and exit status. HPO names the command."""
import csv
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest

HPO = os.path.abspath(os.environ.get("HPO", ".build/cc/hpo"))

TRAIN = """#!/bin/sh
# Prints loss = |x|, and whatever it was started with into a file of its own.
for a in "$@"; do
	case $a in
	--x=-*) x=${a#--x=-} ;;
	--x=*) x=${a#--x=} ;;
	esac
done
echo "$*" >"args.$HPO_TRIAL"
echo "loss=${x:-1}"
"""
SLOW = "#!/bin/sh\nsleep 0.2\necho loss=$HPO_TRIAL\n"
FAIL = "#!/bin/sh\necho nothing\nexit 3\n"
SPACE = ["--param", "x=float(-5,5)", "--minimize", "loss"]


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="hpo-cli-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.env = {k: v for k, v in os.environ.items() if k != "HPO_STORE"}
        for name, text in (("train.sh", TRAIN), ("slow.sh", SLOW), ("fail.sh", FAIL)):
            self.write(name, text, 0o755)

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.dir, name)
        with open(path, "w", newline="") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def read(self, name):
        with open(os.path.join(self.dir, name), newline="") as f:
            return f.read()

    def run_hpo(self, *args, **kwargs):
        return subprocess.run([HPO, *args], cwd=self.dir, env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                              **kwargs)

    def hpo(self, *args, status=0):
        done = self.run_hpo(*args)
        self.assertEqual(done.returncode, status, f"{args}: {done.stdout}{done.stderr}")
        return done

    def json(self, *args, status=0):
        return json.loads(self.hpo(*args, status=status).stdout)

    def refused(self, *args, names):
        """Refused with status 1 and a sentence that holds all of `names`; nothing is started."""
        done = self.hpo(*args, status=1)
        for name in names:
            self.assertIn(name, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertFalse([f for f in os.listdir(self.dir) if f.startswith("args.")])
        return done

    def search(self, *args, status=0, command=("./train.sh",)):
        return self.hpo("search", *args, "--", *command, status=status)

    def study(self, name="s"):
        """The definition that the store keeps."""
        return self.json("show", name, "--study")


class Usage(Case):
    def test_help_lists_every_command_and_its_flags(self):
        overview = self.hpo("help").stdout
        for name in ("search create list show trials top export import ask tell stop "
                     "delete importance").split():
            self.assertIn(f"  {name} ", overview)
            text = self.hpo("help", name).stdout
            self.assertIn(f"usage: hpo {name}", text)
            self.assertEqual(self.hpo(name, "--help").stdout, text)
        self.assertEqual(self.hpo("--help").stdout, overview)

    def test_help_lists_every_flag_of_clearml(self):
        text = self.hpo("search", "--help").stdout
        for flag in ("project-name task-name task-id script queue params-search params-override "
                     "objective-metric-title objective-metric-series objective-metric-sign "
                     "optimizer-class optimization-time-limit compute-time-limit "
                     "pool-period-min total-max-jobs min-iteration-per-job "
                     "max-iteration-per-job save-top-k-tasks-only time-limit-per-job "
                     "max-number-of-concurrent-tasks args local").split():
            self.assertIn(f"--{flag}", text)

    def test_version(self):
        self.assertRegex(self.hpo("--version").stdout, r"^hpo \d+\.\d+\.\d+\n$")

    def test_no_command_is_bad_usage(self):
        self.assertIn("usage", self.hpo(status=1).stderr)

    def test_unknown_commands_and_flags_get_the_nearest(self):
        self.refused("serch", names=["'serch'", "'search'"])
        self.refused("frobnicate", names=["'frobnicate'", "hpo help"])
        self.refused("search", "--total-max-job", "3",
                     names=["'--total-max-job'", "'--total-max-jobs'"])
        self.refused("list", "--jsno", names=["'--jsno'", "'--json'"])

    def test_values_are_missing_or_superfluous(self):
        self.refused("search", "--seed", names=["--seed", "needs a value"])
        self.refused("list", "--json=1", names=["--json", "no value"])
        self.refused("show", names=["STUDY"])
        self.refused("show", "a", "b", names=["'b'"])
        self.refused("list", "--", "x", names=["--"])

    def test_output_that_cannot_be_written_is_a_failure(self):
        self.search(*SPACE, "--trials", "1")

        with open("/dev/full", "w") as full:
            done = subprocess.run([HPO, "trials", "train.sh"], cwd=self.dir, env=self.env,
                                  stdout=full, stderr=subprocess.PIPE, text=True)
        closed = subprocess.run([HPO, "trials", "train.sh"], cwd=self.dir, env=self.env,
                                stderr=subprocess.PIPE, text=True,
                                preexec_fn=lambda: os.close(1))
        file = self.run_hpo("export", "train.sh", "-o", "/dev/full")

        self.assertEqual((done.returncode, closed.returncode, file.returncode), (4, 4, 4))
        self.assertIn("No space left", done.stderr)
        self.assertIn("No space left", file.stderr)


class BadFlags(Case):
    def test_each_bad_value_is_named_with_what_would_be_right(self):
        for flag, value, names in (
                ("--total-max-jobs", "0", ["at least 1"]),
                ("--total-max-jobs", "3.5", ["whole number"]),
                ("--total-max-jobs", "99999999999999999999", ["whole number"]),
                ("--max-number-of-concurrent-tasks", "-1", ["at least 1"]),
                ("--concurrent", "many", ["whole number"]),
                ("--optimization-time-limit", "0", ["above 0"]),
                ("--minutes", "nan", ["number"]),
                ("--compute-time-limit", "-3", ["number"]),
                ("--time-limit-per-job", "0x10", ["number"]),
                ("--trial-minutes", "inf", ["number"]),
                ("--min-iteration-per-job", "-1", ["at least 0"]),
                ("--max-iteration-per-job", "0", ["at least 1"]),
                ("--save-top-k-tasks-only", "0", ["at least 1"]),
                ("--retries", "-1", ["at least 0"]),
                ("--failure-rate", "1.5", ["from 0 to 1"]),
                ("--pool-period-min", "soon", ["number"]),
                ("--grace-seconds", "-1", ["number"]),
                ("--seed", "-1", ["at least 0"]),
                ("--optimizer-class", "Optuna", ["OptimizerOptuna"]),
                ("--env", "NOVALUE", ["NAME=VALUE"]),
                ("--params-search", "{", ["not JSON"]),
                ("--params-search", "3", ["an object"]),
                ("--params-override", '{"name":"x"}', ["value"]),
                ("--param", "y=float(1", ["column"]),
                ("--param", "y=float(2,1)", ["low", "high"]),
                
                ("--maximize", "title/", ["SERIES"])):
            with self.subTest(flag=flag, value=value):
                self.refused("search", *SPACE, f"{flag}={value}", "--", "./train.sh",
                             names=[flag, *names])

    def test_values_that_the_library_refuses(self):
        for args, names in (
                (["--strategy", "tpee"], ["tpee", "tpe"]),
                (["--pruner", "medain"], ["medain", "median"]),
                (["--backend", "proces"], ["proces", "process"]),
                (["--store", "oracle:x"], ["oracle"]),
                (["--constraint", "x <= z"], ["z"]),
                (["--param", "x=int(1,2)"], ["x"])):
            with self.subTest(args=args):
                self.refused("search", *SPACE, *args, "--", "./train.sh", names=names)

    def test_what_needs_a_server_is_refused_in_a_sentence(self):
        self.refused("search", *SPACE, "--task-id", "abc", "--backend", "process",
                     names=["--task-id", "server"])
        self.refused("search", *SPACE, "--task-id", "abc", names=["--queue", "--local"])
        self.refused("search", *SPACE, "--backend", "clearml", "--queue", "q",
                     names=["no task to clone", "--task-id", "--script"])
        self.refused("search", *SPACE, "--backend", "nowhere", "--", "./train.sh",
                     names=["'nowhere'"])

    def test_what_is_missing_is_named(self):
        self.refused("search", "--minimize", "loss", "--", "./train.sh", names=["--param"])
        self.refused("search", "--param", "x=bool", "--", "./train.sh", names=["--minimize"])
        self.refused("search", *SPACE, names=["after --"])
        self.refused("search", *SPACE, "--", names=["after --"])
        self.refused("search", *SPACE, "--objective-metric-sign", "min", "--", "./train.sh",
                     names=["--objective-metric-series"])
        self.refused("search", *SPACE, "./train.sh", names=["'./train.sh'", "--"])

    def test_flags_that_contradict_each_other(self):
        self.refused("search", *SPACE, "--strategy", "tpe", "--optimizer-class", "GridSearch",
                     "--", "./train.sh", names=["--strategy", "--optimizer-class"])
        self.refused("search", *SPACE, "--script", "train.sh", "--", "./train.sh",
                     names=["--script"])
        self.refused("search", *SPACE, "--args", "a=1", "--", "./train.sh", names=["--script"])
        self.refused("search", "--param", "x=bool", "--objective-metric-title", "a", "b",
                     "--objective-metric-series", "c", "--objective-metric-sign", "min",
                     "--", "./train.sh", names=["--objective-metric-title"])

    def test_a_study_file_that_is_wrong_is_named(self):
        self.write("broken.json", '{"parameters": [}')
        self.write("list.json", "[]")
        self.write("low.json", json.dumps({
            "parameters": [{"name": "x", "type": "float", "low": 2, "high": 1}],
            "objectives": [{"series": "loss", "goal": "min"}]}))
        run = ["--", "./train.sh"]

        self.refused("search", "--study", "no.json", *run, names=["no.json", "No such file"])
        self.refused("search", "--study", "broken.json", *run, names=["broken.json", "line 1"])
        self.refused("search", "--study", "list.json", *run, names=["list.json", "object"])
        self.refused("search", "--study", "low.json", *run, names=["parameters[0]"])

    def test_a_command_that_does_not_exist_starts_nothing(self):
        self.refused("search", *SPACE, "--", "./nowhere", names=["./nowhere"])
        self.write("plain", "no program")
        self.refused("search", *SPACE, "--", "./plain", names=["./plain"])


class Search(Case):
    def test_json_is_the_pinned_object_and_all_that_is_printed(self):
        done = self.search(*SPACE, "--total-max-jobs", "6", "--name", "s", "--json")
        out = json.loads(done.stdout)

        self.assertEqual(done.stdout.count("\n"), 1)
        self.assertEqual(out["study"], "s")
        self.assertEqual(sorted(out["best"]), ["number", "params", "values"])
        self.assertEqual(out["trials"]["completed"], 6)
        trials = self.json("trials", "s", "--json")
        self.assertEqual(trials["study"], "s")
        self.assertEqual([t["number"] for t in trials["trials"]], list(range(6)))
        self.assertEqual({t["state"] for t in trials["trials"]}, {"completed"})
        least = min(trials["trials"], key=lambda t: t["values"][0])
        self.assertEqual(out["best"]["number"], least["number"])
        self.assertEqual(out["best"]["params"], least["params"])

    def test_each_ended_trial_is_a_line_unless_quiet(self):
        loud = self.search(*SPACE, "--trials", "3", "--name", "a")
        quiet = self.search(*SPACE, "--trials", "3", "--name", "b", "--quiet")

        lines = loud.stderr.splitlines()
        self.assertEqual(len(lines), 3)
        for line in lines:
            self.assertRegex(line, r"^trial \d completed [0-9.e-]+( \(best\))? x=-?[0-9.e-]+$")
        self.assertEqual(quiet.stderr, "")
        self.assertIn("best:", quiet.stdout)

    def test_the_summary_gives_the_command_line_of_the_best_trial(self):
        done = self.search(*SPACE, "--trials", "4", "--name", "s",
                           command=("./train.sh", "--x={x}", "it's {y} done"))
        best = self.json("search", "--name", "s", "--json")["best"]

        line = [li for li in done.stdout.splitlines() if "./train.sh" in li][0].strip()
        words = subprocess.run(["sh", "-c", f"for a in {line}; do echo \"$a\"; done"],
                               capture_output=True, text=True).stdout.splitlines()
        self.assertEqual(words[0], "./train.sh")
        self.assertEqual(words[2], "it's {y} done")
        self.assertEqual(float(words[1].removeprefix("--x=")), best["params"]["x"])

    def test_the_study_is_named_after_its_command_or_its_task(self):
        self.search(*SPACE, "--trials", "1")
        self.search(*SPACE, "--trials", "1", "--task-name", "tuned", "--project-name", "p",
                    "--queue", "q", "--local")
        self.search(*SPACE, "--trials", "1", "--task-name", "tuned", "--name", "named")

        names = [s["name"] for s in self.json("list", "--json")]
        self.assertEqual(names, ["named", "train.sh", "tuned"])

    def test_the_store_is_the_flag_or_the_file_or_the_environment_or_hpo_db(self):
        self.write("s.json", json.dumps({"store": "sqlite:file.db"}))
        self.search(*SPACE, "--trials", "1")
        self.env["HPO_STORE"] = "sqlite:environment.db"
        self.search(*SPACE, "--trials", "1")
        self.search(*SPACE, "--trials", "1", "--study", "s.json")
        self.search(*SPACE, "--trials", "1", "--study", "s.json", "--store", "sqlite:flag.db")

        files = os.listdir(self.dir)
        for name in ("hpo.db", "environment.db", "file.db", "flag.db"):
            self.assertIn(name, files)

    def test_flags_override_the_study_file(self):
        self.write("s.json", json.dumps({
            "name": "f", "strategy": {"name": "tpe", "seed": 3},
            "parameters": [{"name": "x", "type": "float", "low": 0, "high": 1},
                           {"name": "z", "type": "bool"}],
            "objectives": [{"series": "other", "goal": "max"}],
            "limits": {"trials": 50, "retries": 2}}))

        self.search("--study", "s.json", "--param", "x=int(7,9)", "--minimize", "loss",
                    "--trials", "2", "--strategy", "random", "--name", "s")

        study = self.study("s")
        x = [p for p in study["parameters"] if p["name"] == "x"]
        self.assertEqual([(p["type"], p["low"]) for p in x], [("int", 7)])
        self.assertEqual(len(study["parameters"]), 2)
        self.assertEqual(study["objectives"][0]["series"], "loss")
        self.assertEqual((study["limits"]["trials"], study["limits"]["retries"]), (2, 2))
        self.assertEqual((study["strategy"]["name"], study["strategy"]["seed"]), ("random", 3))

    def test_every_limit_and_setting_reaches_the_study(self):
        self.search(*SPACE, "--total-max-jobs", "2", "--max-number-of-concurrent-tasks", "3",
                    "--optimization-time-limit", "5", "--compute-time-limit", "6",
                    "--time-limit-per-job", "7", "--min-iteration-per-job", "2",
                    "--max-iteration-per-job", "9", "--save-top-k-tasks-only", "4",
                    "--retries", "1", "--failure-rate", "0.5", "--pool-period-min", "0.1",
                    "--optimizer-class", "OptimizerOptuna", "--seed", "11",
                    "--env", "A=1", "--env", "B=x=y", "--log-dir", "logs", "--grace-seconds", "2",
                    "--constraint", "x <= 4", "--name", "s")

        study = self.study()
        limits = {k: v for k, v in study["limits"].items() if v}
        self.assertEqual(limits, {
            "trials": 2, "concurrent": 3, "minutes": 5, "compute_minutes": 6,
            "trial_minutes": 7, "min_iterations": 2, "max_iterations": 9, "keep_top": 4,
            "retries": 1, "failure_rate": 0.5})
        self.assertEqual((study["strategy"]["name"], study["strategy"]["seed"]), ("tpe", 11))
        self.assertEqual(study["pruner"]["name"], "median")
        self.assertEqual(study["task"]["env"], {"A": "1", "B": "x=y"})
        self.assertEqual(study["task"]["log_dir"], "logs")
        self.assertEqual(study["task"]["grace_seconds"], 2)
        self.assertEqual(study["constraints"], ["x <= 4"])
        self.assertTrue(os.listdir(os.path.join(self.dir, "logs")))

    def test_keeping_all_tasks_is_minus_one(self):
        self.search(*SPACE, "--trials", "1", "--save-top-k-tasks-only", "-1", "--name", "s")

        self.assertFalse(self.study()["limits"].get("keep_top"))

    def test_clearml_parameters_and_objectives_are_read_as_they_are(self):
        self.search("--params-search",
                    '{"name": "x", "type": "LogUniformParameterRange", "min_value": -2, '
                    '"max_value": 0}',
                    '[{"name": "Args/n", "type": "UniformIntegerParameterRange", '
                    '"min_value": 1, "max_value": 3}, '
                    '{"name": "k", "type": "DiscreteParameterRange", "values": ["a", 2]}]',
                    "--params-override", '{"name": "k", "value": 2}',
                    "--objective-metric-title", "t", "--objective-metric-series", "loss",
                    "--objective-metric-sign", "min_global", "--trials", "5", "--name", "s")

        objective = self.study()["objectives"][0]
        self.assertEqual((objective["title"], objective["series"], objective["goal"]),
                         ("t", "loss", "min_global"))
        for trial in self.json("trials", "s", "--json")["trials"]:
            self.assertTrue(0.01 <= trial["params"]["x"] <= 1)
            self.assertIn(trial["params"]["Args/n"], (1, 2, 3))
            self.assertEqual(str(trial["params"]["k"]), "2")

    def test_an_override_settles_the_children_of_its_parameter(self):
        self.write("s.json", json.dumps({
            "name": "s", "objectives": [{"series": "loss", "goal": "min"}],
            "parameters": [
                {"name": "x", "type": "float", "low": 0, "high": 1},
                {"name": "o", "type": "categorical", "choices": ["adam", "sgd"]},
                {"name": "m", "type": "bool", "when": {"o": ["sgd"]}},
                {"name": "b", "type": "bool", "when": {"o": ["adam", "sgd"]}},
                {"name": "n", "type": "bool", "when": {"m": [True]}}]}))

        self.search("--study", "s.json", "--trials", "3",
                    "--params-override", '{"name": "o", "value": "adam"}')

        for trial in self.json("trials", "s", "--json")["trials"]:
            self.assertEqual(sorted(trial["params"]), ["b", "o", "x"])

    def test_several_objectives_give_a_list_of_the_best(self):
        self.write("two.sh", "#!/bin/sh\necho a=$1 b=-$1\n", 0o755)
        out = json.loads(self.search("--param", "x=int(1,5)", "--minimize", "a", "--minimize", "m/b",
                                     "--trials", "3", "--strategy", "random", "--json",
                                     command=("./two.sh", "{x}")).stdout)

        self.assertIsInstance(out["best"], list)
        self.assertTrue(all(len(t["values"]) == 2 for t in out["best"]))

    def test_the_best_keeps_a_measured_bound(self):
        self.write("two.sh", "#!/bin/sh\necho loss=$1 m/ms=$((6 - $1))\n", 0o755)
        flags = ["--param", "x=int(1,5)", "--minimize", "loss", "--strategy", "random", "--json"]
        out = json.loads(self.search(*flags, "--bound", "m/ms<=3", command=("./two.sh", "{x}")).stdout)

        self.assertEqual(out["best"]["values"], [3, 3])
        self.refused("search", *flags, "--bound", "ms=3", "--", "./two.sh", names=["--bound", "<="])

    def test_recorded_trials_are_proposed_again(self):
        self.search("--param", "x=int(1,5)", "--minimize", "loss", "--concurrent", "3", "--name", "r",
                    command=("./train.sh",))
        out = self.json("replay", "r", "--json")

        self.assertEqual((out["same"], out["different"], out["not_replayed"]), (5, 0, 0))
        self.assertIn("5 the same, 0 different", self.hpo("replay", "r").stdout)
        self.assertEqual(len(self.json("replay", "r", "2", "--json")["trials"]), 1)
        self.assertIn("'two'", self.hpo("replay", "r", "two", status=1).stderr)

    def test_a_script_is_run_with_fixed_arguments(self):
        self.write("t.py", "import sys\nopen('args.py', 'w').write(' '.join(sys.argv[1:]))\n"
                           "print('loss=1')\n")
        self.hpo("search", *SPACE, "--trials", "1", "--script", "t.py",
                 "--args", "epochs=3", "data=a b")
        self.hpo("search", *SPACE, "--trials", "1", "--script", "train.sh")

        self.assertRegex(self.read("args.py"), r"^--epochs=3 --data=a b --x=\S+$")
        self.assertEqual([s["name"] for s in self.json("list", "--json")], ["t.py", "train.sh"])

    def test_a_script_that_cannot_be_run_is_refused(self):
        self.write("not-executable", "echo loss=1")
        self.refused("search", *SPACE, "--script", "not-executable", names=["chmod +x"])
        self.refused("search", *SPACE, "--script", "missing.py", names=["missing.py"])
        self.refused("search", *SPACE, "--script", "train.sh", "--args", "x", names=["--args"])

    def test_a_study_that_is_done_runs_nothing_more(self):
        self.search(*SPACE, "--trials", "2", "--name", "s")
        again = self.search(*SPACE, "--trials", "2", "--name", "s")
        more = self.hpo("search", "--name", "s", "--trials", "3")

        self.assertEqual(again.stderr, "")
        self.assertEqual(len(more.stderr.splitlines()), 1)

    def test_another_space_under_the_same_name_is_refused(self):
        self.search(*SPACE, "--trials", "1", "--name", "s")

        done = self.hpo("search", "--param", "y=bool", "--minimize", "loss", "--name", "s", "--",
                        "./train.sh", status=1)
        self.assertIn("'s'", done.stderr)
        self.assertIn("--name", done.stderr)

    def test_no_completed_trial_is_status_2(self):
        done = self.search(*SPACE, "--trials", "2", "--name", "s", status=2,
                           command=("./fail.sh",))
        out = self.json("search", "--name", "s", "--json", status=2)

        self.assertIn("no trial completed", done.stdout)
        self.assertIsNone(out["best"])

    def test_too_many_failures_are_status_4_when_a_trial_completed(self):
        self.write("once.sh", "#!/bin/sh\n[ $HPO_TRIAL = 0 ] || exit 1\necho loss=1\n", 0o755)
        done = self.search(*SPACE, "--trials", "40", "--failure-rate", "0.5", status=4,
                           command=("./once.sh",))
        none = self.search(*SPACE, "--trials", "40", "--failure-rate", "0.5", "--name", "n",
                           status=2, command=("./fail.sh",))

        self.assertIn("fail", done.stderr)
        self.assertLess(len(none.stderr.splitlines()), 40)

    def test_a_store_that_cannot_be_written_is_status_4(self):
        done = self.search(*SPACE, "--trials", "1", "--store", "sqlite:/dev/full/x.db", status=4)
        self.assertIn("/dev/full/x.db", done.stderr)

    def test_text_from_a_task_cannot_reach_the_terminal_raw(self):
        self.write("rude.sh", "#!/bin/sh\nprintf 'loss=1\\n'\n", 0o755)
        done = self.search("--params-search",
                           json.dumps({"name": "x", "type": "categorical",
                                       "choices": ["\x1b[2J"]}),
                           "--minimize", "loss", "--trials", "1", "--name", "s", command=("./rude.sh",))
        table = self.hpo("trials", "s").stdout
        shown = self.hpo("show", "s").stdout + self.run_hpo("show", "e\x1b]0;t\x07").stderr

        for text in (done.stdout, done.stderr, table, shown):
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\x07", text)
        self.assertIn("\\x1b[2J", table)


class Interrupted(Case):
    def setUp(self):
        super().setUp()
        # Under nohup it is ignored, and a child inherits that.
        self.addCleanup(signal.signal, signal.SIGHUP,
                        signal.signal(signal.SIGHUP, signal.SIG_DFL))

    def start(self, *args, number=signal.SIGINT):
        process = subprocess.Popen(
            [HPO, "search", *SPACE, "--trials", "40", "--concurrent", "2", "--name", "s", *args,
             "--", "./slow.sh"], cwd=self.dir, env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3):
            process.stderr.readline()
        process.send_signal(number)
        return process

    def test_the_first_signal_ends_in_order_and_the_same_command_resumes(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = self.start(number=number)
            _, err = process.communicate(timeout=30)

            self.assertEqual(process.returncode, 130)
            self.assertIn("resumes", err)
            states = {t["state"] for t in self.json("trials", "s", "--json")["trials"]}
            self.assertLessEqual(states, {"completed", "waiting"})
        self.hpo("search", "--name", "s", "--trials", "12")
        trials = self.json("trials", "s", "--json")["trials"]
        self.assertEqual([t["state"] for t in trials], ["completed"] * len(trials))

    def test_json_is_printed_all_the_same(self):
        process = self.start("--json")
        out, _ = process.communicate(timeout=30)

        self.assertEqual(process.returncode, 130)
        self.assertEqual(json.loads(out)["ended"], "interrupted")

    def test_the_second_signal_ends_at_once(self):
        self.write("slow.sh", "#!/bin/sh\ntrap '' TERM\n"
                              "if [ $HPO_TRIAL -gt 3 ]; then sleep 30; fi\necho loss=1\n", 0o755)
        process = self.start("--grace-seconds", "60")
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()

        process.communicate(timeout=10)
        self.assertEqual(process.returncode, 130)
        self.assertLess(time.monotonic() - begun, 5)

    def test_stop_ends_a_run_and_a_new_search_takes_it_up(self):
        process = self.start(number=0)
        self.hpo("stop", "s")
        process.communicate(timeout=30)

        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.json("list", "--json")[0]["state"], "stopped")
        before = len(self.json("trials", "s", "--json")["trials"])
        self.assertLess(before, 40)
        self.hpo("search", "--name", "s", "--trials", str(before + 2))
        self.assertEqual(len(self.json("trials", "s", "--json")["trials"]), before + 2)


class Terminal(Case):
    def on_terminal(self, width, *args, env=None, stdin=False, typed=b""):
        """Run on a terminal of `width` columns; returns what it showed and the status."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        process = subprocess.Popen([HPO, *args], cwd=self.dir, stderr=slave,
                                   stdin=slave if stdin else subprocess.DEVNULL,
                                   stdout=slave if env is None else subprocess.PIPE,
                                   env={**self.env, "TERM": "xterm", **(env or {})})
        os.close(slave)
        os.write(master, typed)
        shown = b""
        try:
            while data := os.read(master, 65536):
                shown += data
        except OSError:
            pass
        if process.stdout:
            process.stdout.close()
        status = process.wait(timeout=30)
        os.close(master)
        return shown.decode(), status

    def progress(self, width, locale):
        return self.on_terminal(width, "search", *SPACE, "--trials", "6", "--concurrent", "2",
                                "--name", f"w{width}{locale}", "--", "./slow.sh",
                                env={"LC_ALL": locale})[0]

    def test_the_progress_line_fits_any_width(self):
        for width in (20, 33, 60, 100, 200):
            shown = self.progress(width, "C.UTF-8")
            lines = [line.split("\x1b")[0] for line in shown.split("\r")]

            self.assertLess(max(map(len, lines)), width)
            self.assertTrue(any("/6" in line for line in lines))
            self.assertTrue(shown.endswith("\r\x1b[K"), repr(shown[-40:]))

    def test_a_wide_line_shows_bar_best_running_and_time_left(self):
        shown = self.progress(100, "C.UTF-8")

        self.assertIn("\u2588", shown)
        self.assertRegex(shown, r"best 0 \(trial 0\)")
        self.assertRegex(shown, r"2 running")
        self.assertRegex(shown, r"\d:\d\d left")

    def test_the_bar_is_ascii_where_the_locale_is(self):
        shown = self.progress(100, "C")

        self.assertTrue(shown.isascii())
        self.assertIn("[#", shown)

    def test_it_is_redrawn_at_most_ten_times_a_second(self):
        begun = time.monotonic()
        shown = self.progress(80, "C")

        self.assertLessEqual(shown.count("\x1b[K"), 10 * (time.monotonic() - begun) + 3)

    def test_tables_are_cut_to_the_width(self):
        self.search(*SPACE, "--param", "long=choice(%s)" % ("q" * 90), "--trials", "3",
                    "--name", "s")

        for width in (20, 40):
            for command in (["trials", "s"], ["top", "s"], ["show", "s"], ["list"]):
                shown, status = self.on_terminal(width, *command)
                self.assertEqual(status, 0)
                self.assertLessEqual(max(map(len, shown.splitlines())), width, command)
                self.assertIn("\u2026", shown)

    def test_delete_asks(self):
        self.search(*SPACE, "--trials", "1", "--name", "s")

        shown, status = self.on_terminal(80, "delete", "s", stdin=True, typed=b"n\n")
        self.assertEqual(status, 1)
        self.assertIn("Delete study 's'", shown)
        shown, status = self.on_terminal(80, "delete", "s", stdin=True, typed=b"y\n")
        self.assertEqual(status, 0)
        self.assertEqual(self.json("list", "--json"), [])


class Looking(Case):
    def setUp(self):
        super().setUp()
        self.search(*SPACE, "--trials", "5", "--name", "s")

    def test_list(self):
        study = self.json("list", "--json")[0]
        lines = self.hpo("list").stdout.splitlines()

        self.assertEqual((study["name"], study["state"]), ("s", "done"))
        self.assertEqual(study["trials"]["completed"], 5)
        self.assertEqual(len(lines), 2)
        self.assertEqual(lines[1].split()[:3], ["s", "done", "5"])

    def test_show(self):
        summary = self.json("show", "s", "--json")
        text = self.hpo("show", "s").stdout

        self.assertEqual(summary["trials"]["completed"], 5)
        self.assertEqual(summary["best"], self.json("search", "--name", "s", "--json")["best"])
        self.assertIn("5 of 5: 5 completed", text)
        self.assertIn("loss (min)", text)

    def test_trials_are_a_table_by_number(self):
        lines = self.hpo("trials", "s").stdout.splitlines()

        self.assertEqual(lines[0].split(), ["trial", "state", "loss", "x"])
        self.assertEqual([line.split()[0] for line in lines[1:]], list("01234"))

    def test_top_is_best_first(self):
        top = self.json("top", "s", "--json", "-n", "3")
        lines = self.hpo("top", "s", "--limit", "3").stdout.splitlines()

        values = [t["values"][0] for t in self.json("trials", "s", "--json")["trials"]]
        self.assertEqual([t["values"][0] for t in top], sorted(values)[:3])
        self.assertEqual([line.split()[0] for line in lines[1:]],
                         [str(t["number"]) for t in top])
        self.refused_limit = self.hpo("top", "s", "-n", "0", status=1)

    def test_a_study_or_store_that_is_not_there(self):
        for command in ("show", "trials", "top", "importance", "export", "ask", "stop"):
            self.assertIn("nope", self.hpo(command, "nope", status=1).stderr)
        self.assertIn("none.db", self.run_hpo("list", "--store", "sqlite:none.db").stderr)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "none.db")))

    def test_importance_by_either_method(self):
        self.hpo("search", "--name", "i", "--param", "x=float(0,1)", "--param", "y=float(0,1)",
                 "--minimize", "loss", "--trials", "30", "--strategy", "random", "--quiet", "--",
                 "sh", "-c", "echo loss=$1", "sh", "{x}")
        ped = self.json("importance", "i", "--json")
        fanova = self.json("importance", "i", "--json", "--method", "fanova",
                           "--objective", "loss")

        self.assertEqual((ped["method"], ped["objective"], ped["trials"]),
                         ("ped-anova", "loss", 30))
        for answer in (ped, fanova):
            self.assertEqual([p["name"] for p in answer["parameters"]], ["x", "y"])
            self.assertGreater(answer["parameters"][0]["share"], 0.8)
        self.assertEqual(fanova["pairs"][0]["names"], ["x", "y"])
        self.assertIn("deviation", self.hpo("importance", "i", "--method", "fanova").stdout)
        self.assertIn("nothing is known", self.hpo("importance", "s").stdout)
        for flags in (["--method", "x"], ["--objective", "x"], ["--top-quantile", "2"]):
            self.assertIn(f"{flags[0]} '{flags[1]}'",
                          self.hpo("importance", "i", *flags, status=1).stderr)

    def test_delete_needs_yes_without_a_terminal(self):
        self.assertIn("--yes", self.hpo("delete", "s", status=1).stderr)
        self.assertEqual(len(self.json("list", "--json")), 1)
        self.hpo("delete", "s", "--yes")
        self.assertEqual(self.json("list", "--json"), [])

    def test_export_chooses_its_format_by_flag_or_file(self):
        rows = list(csv.reader(self.hpo("export", "s").stdout.splitlines()))
        self.hpo("export", "s", "-o", "t.csv")
        self.hpo("export", "s", "--output", "t.json")
        self.hpo("export", "s", "--format", "json", "-o", "odd.txt")

        self.assertEqual(rows[0][:4], ["number", "state", "loss", "x"])
        self.assertEqual(len(rows), 6)
        self.assertTrue(self.read("t.csv").endswith("\r\n"))
        self.assertEqual(json.loads(self.read("t.json")), json.loads(self.read("odd.txt")))
        self.hpo("export", "s", "--format", "xml", status=1)


class AskAndTell(Case):
    def create(self, *args, name="s"):
        self.hpo("create", *SPACE, "--name", name, *args)

    def test_a_study_is_driven_from_a_script(self):
        self.create("--trials", "2")

        first = self.json("ask", "s")
        self.hpo("tell", "s", "0", "-0.25")
        second = self.json("ask", "s")
        self.hpo("tell", "s", "1", "1e3")
        self.hpo("ask", "s", status=3)

        self.assertEqual((first["number"], second["number"]), (0, 1))
        self.assertEqual(list(first["params"]), ["x"])
        trials = self.json("trials", "s", "--json")["trials"]
        self.assertEqual([t["values"] for t in trials], [[-0.25], [1000]])

    def test_create_is_a_study_with_its_name_and_store(self):
        out = self.json("create", *SPACE, "--name", "c", "--json")
        self.assertEqual(out, {"study": "c", "store": "sqlite:hpo.db"})
        self.refused("create", *SPACE, names=["--name"])

    def test_fail_prune_and_report(self):
        self.create("--trials", "4", "--pruner", "asha")
        for _ in range(3):
            self.json("ask", "s")

        self.assertEqual(self.hpo("tell", "s", "0", "--report", "1", "0.5", "--report", "2",
                                  "-0.4").stdout, "go on\n")
        self.assertEqual(self.json("tell", "s", "0", "--report", "3", "0.1", "--json"),
                         {"number": 0, "stop": False})
        self.hpo("tell", "s", "0", "--prune")
        self.hpo("tell", "s", "1", "--fail", "too hot")
        self.hpo("tell", "s", "2", "--fail")

        trials = self.json("trials", "s", "--json")["trials"]
        self.assertEqual([t["state"] for t in trials], ["pruned", "failed", "failed"])
        self.assertEqual(trials[0]["values"], [0.1])
        self.assertEqual(trials[1]["reason"], "too hot")

    def test_a_trial_that_the_pruner_would_stop_is_status_3(self):
        self.create("--trials", "9", "--pruner", "median")
        for number in range(6):
            self.json("ask", "s")
            self.hpo("tell", "s", str(number), "--report", "1", "1", "--report", "2", "1")
            self.hpo("tell", "s", str(number), "1")
        self.json("ask", "s")

        done = self.hpo("tell", "s", "6", "--report", "1", "9", "--report", "2", "9", status=3)
        self.assertEqual(done.stdout, "stop\n")

    def test_wait_is_status_5(self):
        self.hpo("create", "--param", "x=choice(a,b)", "--minimize", "loss", "--name", "g",
                 "--trials", "1")
        self.json("ask", "g")
        done = self.run_hpo("ask", "g")
        self.assertIn(done.returncode, (3, 5))
        self.assertEqual(done.stdout, "")

    def test_what_cannot_be_told(self):
        self.create("--trials", "4")
        self.json("ask", "s")

        for args, names in ((["9", "1"], ["9"]), (["zero", "1"], ["'zero'"]),
                            (["0", "x"], ["'x'"]), (["0"], ["VALUE"]),
                            (["0", "1", "--prune"], ["once"]),
                            (["0", "1", "2"], ["1"]),
                            (["0", "--report", "1"], ["two values"]),
                            (["0", "--report", "a", "1"], ["iteration"]),
                            (["0", "--report", "1", "b"], ["number"])):
            with self.subTest(args=args):
                self.refused("tell", "s", *args, names=names)
        self.hpo("tell", "s", "0", "1")
        self.assertIn("completed", self.hpo("tell", "s", "0", "1", status=1).stderr)

    def test_a_value_that_is_not_finite_fails_the_trial(self):
        self.create("--trials", "1")
        self.json("ask", "s")
        self.hpo("tell", "s", "0", "nan")
        self.assertEqual(self.json("trials", "s", "--json")["trials"][0]["state"], "failed")

    def test_the_lease_must_be_a_number(self):
        self.create()
        self.refused("ask", "s", "--lease-minutes", "long", names=["--lease-minutes"])
        self.json("ask", "s", "--lease-minutes", "10")


class Import(Case):
    SPACE = ["--param", "x=float(-5,5)", "--param", 'k=choice(a,"c,d")', "--param", "n=int(1,9)",
             "--param", "b=bool",
             "--params-search",
             '{"name": "t", "type": "categorical", "choices": ["1", 2, "=x", "", "say \\"hi\\""]}',
             "--minimize", "loss", "--minimize", "m/cost"]

    def setUp(self):
        super().setUp()
        self.hpo("create", *self.SPACE, "--name", "s", "--trials", "30", "--strategy", "random")
        for number in range(12):
            self.json("ask", "s")
            if number % 4 == 3:
                self.hpo("tell", "s", str(number), "--fail", "no, \"really\"")
            elif number != 10:
                self.hpo("tell", "s", str(number), str(0.1 + number), f"-{number}e-7")

    def trials(self, name):
        kept = ("state", "params", "values", "reason")
        return [{k: t[k] for k in kept} for t in self.json("trials", name, "--json")["trials"]
                if t["state"] != "running"]

    def test_our_own_export_comes_back_as_the_same_trials(self):
        for kind in ("csv", "json"):
            with self.subTest(kind=kind):
                self.hpo("export", "s", "-o", f"e.{kind}")
                self.hpo("create", *self.SPACE, "--name", kind, "--trials", "30")

                out = self.json("import", kind, f"e.{kind}", "--json")

                self.assertEqual(out, {"imported": 11, "skipped": 1})
                self.assertEqual(self.trials(kind), self.trials("s"))

    def test_reports_come_back_with_json(self):
        self.json("ask", "s")
        self.hpo("create", *SPACE, "--name", "r")
        self.json("ask", "r")
        self.hpo("tell", "r", "0", "--report", "1", "0.5", "--report", "4", "0.25")
        self.hpo("tell", "r", "0", "0.25")
        self.hpo("export", "r", "-o", "r.json")
        self.hpo("create", *SPACE, "--name", "q")

        self.hpo("import", "q", "r.json")

        was, now = (self.json("export", n, "--format", "json")["trials"][0] for n in "rq")
        self.assertTrue(was["reports"])
        self.assertEqual(now["reports"], was["reports"])

    def test_a_plain_table_from_elsewhere(self):
        self.hpo("create", *SPACE, "--name", "p")
        self.write("p.csv", "\ufeffx,loss,colour\n1.5,3\n".replace("3\n", "3,red\n"))

        done = self.hpo("import", "p", "p.csv")

        self.assertIn("'colour'", done.stderr)
        self.assertEqual(self.trials("p")[0]["params"], {"x": 1.5})

    def test_columns_that_clash_with_ours_are_prefixed(self):
        space = ["--param", "state=int(1,5)", "--param", "number=bool", "--minimize", "seconds"]
        self.hpo("create", *space, "--name", "a")
        self.json("ask", "a")
        self.hpo("tell", "a", "0", "7")
        self.hpo("export", "a", "-o", "a.csv")
        self.hpo("create", *space, "--name", "z")

        self.hpo("import", "z", "a.csv")

        self.assertIn("value:seconds,param:state,param:number", self.read("a.csv"))
        self.assertEqual(self.trials("z"), self.trials("a"))

    def test_what_cannot_be_imported_is_named(self):
        self.hpo("create", *SPACE, "--name", "p")
        for text, names in (("", ["header"]), ("x,loss\n1\n", ["line 2"]),
                            ("x,loss\n\"1,2\n", ["line 2", "quote"]),
                            ("x,loss\n1,abc\n", ["line 2", "'loss'", "'abc'"]),
                            ("x,loss\n99,1\n", ["trial 0", "x"]),
                            ("loss\n1\n", ["trial 0", "x"])):
            with self.subTest(text=text):
                self.write("p.csv", text)
                self.refused("import", "p", "p.csv", names=names)
        for text, names in (("{", ["line 1"]), ("{}", ["trials"]), ("[1]", ["trial 0"]),
                            ('[{"params": {"x": 1}, "values": ["a"]}]', ["trial 0"])):
            with self.subTest(text=text):
                self.write("p.json", text)
                self.refused("import", "p", "p.json", names=names)
        self.refused("import", "p", "missing.csv", names=["missing.csv"])
        self.assertEqual(self.trials("p"), [])


if __name__ == "__main__":
    unittest.main()
