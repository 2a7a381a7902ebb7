"""The command hpo on what a store holds: looking, asking and telling, importing."""
import csv
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support.trainers import SPACE, Case  # noqa: E402


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
