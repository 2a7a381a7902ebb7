"""The command hpo: flags, searches, and how they end."""
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support.command import HPO  # noqa: E402
from support.trainers import SPACE, Case  # noqa: E402


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


if __name__ == "__main__":
    unittest.main()
