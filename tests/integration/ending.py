"""How a search ends by itself: at a target, or when it gains no more. HPO names the command."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support.command import Case  # noqa: E402
from support.waiting import LIMIT_S  # noqa: E402

# Trial n has the loss 10 - n down to 4, and 4 from there on.
TRAIN = ["sh", "-c", "n=$HPO_TRIAL; [ $n -lt 6 ] || n=6; echo loss=$((10 - n))", "{x}"]
SPACE = ["--param", "x=float(0,1)", "--name", "s", "--strategy", "random"]


class Ending(Case):
    def search(self, *args):
        return self.hpo("search", *SPACE, "--minimize", "loss", *args, "--", *TRAIN).stdout

    def test_a_target_ends_the_search_which_says_so(self):
        out = self.search("--target", "7")

        self.assertIn("ended: the target 7 is reached by trial 3\n", out)
        self.assertIn("the target 7 is reached by trial 3", self.hpo("show", "s").stdout)
        shown = self.json("show", "s", "--json")
        self.assertEqual(shown["reason"], "the target 7 is reached by trial 3")
        self.assertEqual(shown["trials"]["completed"], 4)
        self.assertEqual(self.json("list", "--json")[0]["state"], "done")

    def test_a_search_that_has_reached_its_target_starts_nothing_more(self):
        self.search("--target", "7")
        out = json.loads(self.search("--target", "7", "--json"))

        self.assertEqual(out["trials"]["total"], 4)
        self.assertEqual(out["reason"], "the target 7 is reached by trial 3")
        out = json.loads(self.search("--target", "5", "--json"))
        self.assertEqual(out["trials"]["total"], 6)

    def test_a_target_goes_the_way_of_the_objective(self):
        out = self.json("search", *SPACE, "--maximize", "loss", "--target", "10", "--json",
                        "--", *TRAIN)

        self.assertEqual(out["trials"]["completed"], 1)

    def test_patience_ends_the_search(self):
        out = json.loads(self.search("--patience", "4", "--json"))

        self.assertEqual(out["trials"]["completed"], 11)  # the best is trial 6
        self.assertEqual(out["reason"], "the last 4 trials gained nothing")

    def test_the_other_ends_are_said_as_well(self):
        few = self.json("search", "--param", "i=int(0,2)", "--name", "few", "--minimize", "loss",
                        "--json", "--", "sh", "-c", "echo loss={i}")

        self.assertEqual(few["reason"], "every point of the space has been tried")
        self.assertIn("ended: all 2 trials have been started\n", self.search("--trials", "2"))

    def test_small_gains_can_be_called_none(self):
        out = json.loads(self.search("--patience", "2", "--min-gain", "0.9", "--json"))

        self.assertLess(out["trials"]["completed"], 11)
        self.assertIn("gained less than 0.9", out["reason"])

    def test_two_processes_end_by_the_target_of_either(self):
        args = ["search", *SPACE, "--minimize", "loss", "--target", "4", "--json", "--", *TRAIN]
        both = [self.start(*args) for _ in range(2)]

        for process in both:
            out, err = process.communicate(timeout=LIMIT_S)
            self.assertEqual(process.returncode, 0, err)
            self.assertIn("the target 4 is reached by trial", json.loads(out)["reason"])
        trials = self.json("trials", "s", "--json")["trials"]
        self.assertLessEqual(len(trials), 9)

    def test_what_cannot_be_is_refused(self):
        for args, word in ((["--target", "soon"], "--target"), (["--patience", "0"], "--patience"),
                           (["--min-gain", "0.1"], "limits.min_gain")):
            process = self.start("search", *SPACE, "--minimize", "loss", *args, "--", *TRAIN)
            _, err = process.communicate(timeout=LIMIT_S)
            self.assertEqual(process.returncode, 1)
            self.assertIn(word, err)


if __name__ == "__main__":
    unittest.main()
