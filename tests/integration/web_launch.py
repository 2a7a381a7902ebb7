"""Launching and steering studies in a real browser, from the form to the trials' logs."""
import json
import os
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/web"))

import browser          # noqa: E402
import look             # noqa: E402
from server import TRAIN, Server  # noqa: E402

DIGITS = os.path.join(os.path.abspath(os.environ.get("B", ".build/cc")), "examples/digits")
QUICK = {
    "name": "quick", "objectives": [{"series": "loss", "goal": "min"}],
    "parameters": [{"name": "lr", "type": "float", "low": 1e-4, "high": 1, "scale": "log"},
                   {"name": "optimizer", "type": "categorical", "choices": ["sgd", "adam"]}],
    "strategy": {"name": "random", "seed": 3}, "limits": {"trials": 24, "concurrent": 2},
    "task": {"backend": "process",
             "command": [sys.executable, TRAIN, "--lr", "{lr}", "--optimizer", "{optimizer}"]},
}


def setUpModule():
    global chromium
    browser.executable()
    chromium = browser.Browser()
    unittest.addModuleCleanup(chromium.end)


class Case(unittest.TestCase):
    """All tests of a class share a server and a page that may give commands."""
    studies = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.end)
        for study in cls.studies:
            cls.server.search(study)
        if not cls.studies:
            cls.server.make_store()
        cls.server.start()
        cls.page = chromium.page()
        cls.addClassCleanup(cls.page.context.close)
        cls.page.goto(cls.server.url)
        cls.page.get_by_role("link", name="New study").wait_for()

    def open(self, path):
        self.page.goto(self.server.base + path)

    def in_state(self, state):
        self.page.locator(".head .pill.%s" % state).wait_for()

    def has_trials(self, at_least):
        look.wait(self.page, """(n) => document.querySelectorAll(
            '[data-panel="table"] tr[data-trial]').length >= n""", at_least, seconds=60)

    def path(self):
        return urllib.parse.urlsplit(self.page.url).path

    def section(self, title):
        return self.page.locator(".form-section").filter(
            has=self.page.get_by_role("heading", name=title, exact=True))

    def fill(self, section, **fields):
        for label, text in fields.items():
            self.section(section).get_by_label(label.replace("_", " "), exact=True).fill(text)

    def says(self, text):
        self.page.locator(".verdict", has_text=text).wait_for()

    def add_parameter(self, index, name, kind, **fields):
        if index > 0:
            self.page.get_by_role("button", name="Add a parameter").click()
        row = self.section("Parameters").locator("fieldset").nth(index)
        row.get_by_label("Name").fill(name)
        row.get_by_label("Type").select_option(kind)
        for label, text in fields.items():
            field = row.get_by_label(label, exact=True)
            if label == "Scale":
                field.select_option(text)
            else:
                field.fill(text)
        return row


class Form(Case):
    def test_1_digits_are_launched_watched_and_steered(self):
        page = self.page
        page.get_by_text("No studies yet").wait_for()
        page.get_by_role("link", name="Launch the first one").click()

        self.fill("Study", Name="digits")
        self.section("Task").get_by_label("Command").fill(
            "./train --lr {lr} --layers {layers} --optimizer {optimizer}")
        self.section("Task").get_by_label("Folder", exact=True).fill(DIGITS)
        self.fill("Objectives", Metric_title="validation", Metric_series="accuracy")
        self.section("Objectives").get_by_label("Trend").select_option("max")
        lr = self.add_parameter(0, "lr", "float", Scale="log", From="0", To="1")
        said = page.get_by_text("log scale")  # log of 0: the server's own sentence, once, at its field
        said.wait_for()
        self.assertEqual(said.count(), 1)
        self.assertEqual(lr.locator(".wrong small").inner_text(), said.inner_text())
        self.says("parameters[0].low is not right yet")
        lr.get_by_label("From").fill("1e-4")
        self.add_parameter(1, "layers", "int", From="1", To="3")
        self.add_parameter(2, "optimizer", "categorical", Choices="sgd, adam")
        self.fill("Limits", Trials_in_all="2000", Trials_at_once="2")
        self.says("Ready to start")
        page.get_by_role("button", name="Start", exact=True).click()

        page.wait_for_url("**/study/digits")
        self.in_state("running")
        page.evaluate("window.notReloaded = true")
        self.has_trials(1)
        first = page.locator("[data-panel=table] tr[data-trial]").count()
        self.has_trials(first + 2)
        self.assertTrue(page.evaluate("window.notReloaded"))

        stop = page.get_by_role("button", name="Stop trial").first
        number = int(stop.get_attribute("aria-label").split()[-1])
        stop.click()
        look.wait(page, """(n) => ['pruned', 'failed', 'completed'].some((state) => document.querySelector(
            `tr[data-trial="${n}"] .pill.${state}`))""", number)

        page.get_by_role("button", name="Pause").click()
        self.in_state("paused")
        look.wait(page, "!document.querySelector('tr[data-trial] .pill.running')")
        page.get_by_role("button", name="Resume").click()
        self.in_state("running")
        page.get_by_role("button", name="Stop", exact=True).click()
        self.in_state("stopped")
        page.get_by_role("button", name="Resume").click()
        self.in_state("running")
        self.has_trials(first + 3)
        self.assertTrue(page.evaluate("window.notReloaded"))
        self.assertEqual(self.server.study("digits")["state"], "running")

    def test_2_limits_change_while_it_runs(self):
        page = self.page
        self.open("/study/digits")
        page.get_by_role("button", name="Limits").click()
        page.get_by_label("Trials in all").fill("8")
        page.get_by_role("button", name="Change", exact=True).click()

        self.in_state("done")
        self.assertEqual(self.server.study("digits")["limits"]["trials"], 8)

    def test_3_a_trial_shows_its_log_and_curves(self):
        self.open("/study/digits?sort=-validation%2Faccuracy")
        self.page.locator("[data-panel=table] tr[data-trial] a").first.click()
        self.page.locator("pre.log", has_text="validation/accuracy=").wait_for()
        number = int(self.path().split("/")[-1])
        reports = self.server.study("digits", "/trials/%d" % number)["reports"]

        self.page.locator("[data-panel=curve] .plot[data-drawn]").first.wait_for()
        points = self.page.locator("[data-panel=curve]").first.evaluate(
            "(p) => p.querySelector('.plot').data[0].x.length")

        self.assertEqual(points, sum(m == reports[0][1] for _, m, _ in reports))

    def test_4_a_clone_begins_with_the_same_study(self):
        page = self.page
        self.open("/study/digits")
        page.get_by_role("link", name="Clone").click()
        page.get_by_role("heading", name="Clone of digits").wait_for()
        self.says("Ready to start")
        page.get_by_label("with its finished trials").check()
        page.get_by_role("button", name="Create only").click()

        page.wait_for_url("**/study/digits-2")
        self.has_trials(1)
        theirs = self.server.study("digits")
        look.until(page, lambda: self.server.study("digits-2")["trials"]["completed"],
                   theirs["trials"]["completed"])
        mine = self.server.study("digits-2")
        self.assertEqual(mine["definition"]["parameters"], theirs["definition"]["parameters"])
        self.assertEqual(mine["trials"]["running"], 0)

    def test_5_what_is_exported_can_be_imported(self):
        page = self.page
        self.open("/study/digits")
        page.locator("summary", has_text="More").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Export the study file").click()
        path = os.path.join(self.server.dir, "exported.json")
        download.value.save_as(path)
        with open(path) as f:
            exported = json.load(f)

        self.open("/launch")
        page.get_by_label("A study file to import").set_input_files(path)
        self.says("resumes it")
        self.fill("Study", Name="imported")
        self.says("Ready to start")
        with page.expect_download() as download:
            page.get_by_role("button", name="Export", exact=True).click()
        with open(download.value.path()) as f:
            again = json.load(f)

        self.assertEqual(again["name"], "imported")
        for section in ("objectives", "parameters", "limits", "task"):
            self.assertEqual(again[section], exported[section], section)
        self.assertEqual(look.faults(page), [])

    def test_6_trials_of_an_export_are_imported(self):
        page = self.page
        self.open("/study/digits")
        page.locator("summary", has_text="More").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Export everything as JSON").click()
        path = os.path.join(self.server.dir, "trials.json")
        download.value.save_as(path)
        definition = dict(self.server.study("digits")["definition"], name="empty")
        self.server.post("/api/studies", {"study": definition})

        self.open("/launch")
        page.get_by_label("A study file to import").set_input_files(path)
        page.locator(".notice", has_text="under More").wait_for()
        self.open("/study/empty")
        page.get_by_label("A file of trials to import").set_input_files(path)
        page.locator(".notice", has_text="trials.json are imported").wait_for()
        self.has_trials(1)

        mine, theirs = self.server.study("empty"), self.server.study("digits")
        self.assertEqual(mine["trials"]["completed"], theirs["trials"]["completed"])
        self.assertEqual(mine["best"][0]["values"], theirs["best"][0]["values"])
        best = self.server.study("empty", "/trials/%d" % mine["best"][0]["number"])
        self.assertEqual(len(best["reports"]), len(self.server.study(
            "digits", "/trials/%d" % theirs["best"][0]["number"])["reports"]))

    def test_7_what_is_removed_takes_nothing_of_the_others(self):
        self.open("/launch")
        for index, (name, choices) in enumerate([("a", "u, v"), ("b", "w, x"), ("c", "y, z")]):
            self.add_parameter(index, name, "categorical", Choices=choices)
        self.page.get_by_role("button", name="Remove parameter a").click()
        rows = self.section("Parameters").locator("fieldset")
        look.wait(self.page, "document.querySelectorAll('.form-section fieldset').length === 3")

        self.assertEqual([(row.get_by_label("Name").input_value(),
                           row.get_by_label("Choices").input_value()) for row in rows.all()],
                         [("b", "w, x"), ("c", "y, z")])

    def test_8_what_is_wrong_is_said_once_wherever_it_is(self):
        page = self.page
        path = os.path.join(self.server.dir, "wrong.json")
        odd = dict(QUICK["parameters"][0], odd=1)
        foreign = {"type": "UniformParameterRange", "name": "a"}
        for changes, said, place in (
                ({"limits": {"retries": -1}}, "-1", "limits.retries"),
                ({"parameters": [odd]}, "odd", "parameters[0]"),
                ({"parameters": [foreign]}, "min_value", "parameters[0]"),
                ({"constraints": ["lr <"]}, "constraints[0]", "constraints"),
                ({"parameters": [QUICK["parameters"][0]] * 2}, "lr", "parameters[1].name")):
            with open(path, "w") as f:
                json.dump(dict(QUICK, name="wrong", **changes), f)
            self.open("/launch")
            page.get_by_label("A study file to import").set_input_files(path)
            self.says("%s is not right yet" % place)
            page.locator(".verdict button").click()

            where = page.locator('[data-path="%s"]' % place)
            shown = page.locator(".launch .wrong > small, .launch .wrong-line")
            self.assertEqual(shown.count(), 1, place)
            self.assertIn(said, where.locator(".wrong-line").or_(where.locator("small")).inner_text())
            self.assertTrue(where.evaluate("(e) => e.contains(document.activeElement)"), place)
        with open(path, "w") as f:
            json.dump(dict(QUICK, name="wrong", odd=1), f)
        page.get_by_label("A study file to import").set_input_files(path)
        self.says("odd")

        self.assertEqual(page.locator(".launch .wrong, .launch .wrong-line").count(), 0)

    def test_9_a_file_that_is_no_study_is_refused_and_the_form_stays(self):
        path = os.path.join(self.server.dir, "odd.json")
        with open(path, "w") as f:
            json.dump({"parameters": 7}, f)
        self.open("/launch")
        self.fill("Study", Name="mine")
        self.page.get_by_label("A study file to import").set_input_files(path)
        self.page.locator(".notice", has_text="parameters is no list").wait_for()

        self.assertEqual(self.section("Study").get_by_label("Name").input_value(), "mine")
        self.open("/launch?from=nothing")
        self.page.get_by_role("alert").get_by_text("there is no study 'nothing'").wait_for()
        self.page.get_by_role("link", name="New study").click()
        self.page.get_by_role("heading", name="New study").wait_for()


class Exact(Case):
    """Whole numbers that a double rounds keep their digits, wherever they pass through the page."""
    SEED, MOST, POINT = 2**53 + 1, 2**62 - 1, 2**62 - 3

    def test_1_the_form_sends_what_was_typed(self):
        page = self.page
        self.open("/launch")
        self.fill("Study", Name="large")
        self.section("Task").get_by_label("Command").fill("echo loss=0.5 {n}")
        self.fill("Objectives", Metric_series="loss")
        self.section("Objectives").get_by_label("Trend").select_option("min")
        self.add_parameter(0, "n", "int", From="1", To=str(self.MOST))
        self.fill("Optimisation method", Seed=str(self.SEED))
        self.fill("Limits", Trials_in_all="2")
        self.says("Ready to start")
        page.get_by_role("button", name="Create only").click()
        page.wait_for_url("**/study/large")

        definition = self.server.study("large")["definition"]
        self.assertEqual(definition["parameters"][0]["high"], self.MOST)
        self.assertEqual(definition["strategy"]["seed"], self.SEED)

    def test_2_a_point_is_tried_shown_and_copied(self):
        page = self.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.open("/study/large")
        page.get_by_role("button", name="Try a point").click()
        page.get_by_role("dialog").get_by_label("n").fill(str(self.POINT))
        page.get_by_role("button", name="Try it next").click()
        page.locator(".notice", has_text="tried next").wait_for()
        page.get_by_role("button", name="Resume").click()
        self.in_state("done")

        self.assertEqual(self.server.study("large", "/trials/0")["params"], {"n": self.POINT})
        page.locator('tr[data-trial="0"] td', has_text=str(self.POINT)).wait_for()
        page.get_by_label("Filter trials").fill("n=%d" % self.POINT)
        look.wait(page, "document.querySelectorAll('tr[data-trial]').length === 1")
        page.locator('tr[data-trial="0"] a').click()
        page.get_by_role("button", name="Copy JSON").click()
        look.wait(page, "async (text) => await navigator.clipboard.readText() === text",
                  '{"n":%d}' % self.POINT)

    def test_3_a_clone_and_a_file_have_the_same_numbers(self):
        page = self.page
        self.open("/launch?from=large")
        self.says("Ready to start")
        with page.expect_download() as download:
            page.get_by_role("button", name="Export", exact=True).click()
        path = download.value.path()
        with open(path) as f:
            file = json.load(f)
        page.get_by_label("A study file to import").set_input_files(path)
        self.says("Ready to start")
        page.get_by_label("with its finished trials").check()
        page.get_by_role("button", name="Create only").click()
        page.wait_for_url("**/study/large-2")

        mine, theirs = self.server.study("large-2"), self.server.study("large")
        for one in (file, mine["definition"]):
            self.assertEqual(one["parameters"], theirs["definition"]["parameters"])
            self.assertEqual(one["strategy"]["seed"], self.SEED)
        self.assertEqual(sorted(self.server.study("large-2", "/trials")["params"]["n"]),
                         sorted(self.server.study("large", "/trials")["params"]["n"]))
        self.assertEqual(look.faults(page), [])


class Watching(Case):
    studies = (QUICK, dict(QUICK, name="other", strategy={"name": "random", "seed": 4}))

    def brush(self, axis, low, high):
        """Drags along an axis, between two places of 0 (below) to 1."""
        look.panel(self.page, "parallel").scroll_into_view_if_needed()
        box = self.page.locator('.axis[data-axis="%s"] .hit' % axis).bounding_box()
        x = box["x"] + box["width"] / 2
        at = [box["y"] + box["height"] * (1 - share) for share in (low, high)]
        self.page.mouse.move(x, at[0])
        self.page.mouse.down()
        self.page.mouse.move(x, at[1], steps=5)
        self.page.mouse.up()

    def test_the_brush_filters_the_table_and_dims_the_figures(self):
        self.open("/study/quick")
        look.wait(self.page, "document.querySelector('.parallel canvas')?.dataset.lines === '24'")
        trials = self.server.study("quick", "/trials")

        self.brush("optimizer", 0.55, 0.95)
        look.wait(self.page, "new URL(location).searchParams.get('brush') !== null")
        adam = sum(o == "adam" for o in trials["params"]["optimizer"])

        look.counts(self.page, adam)
        look.until(self.page, self.page.locator("tr[data-trial]").count, adam)
        look.wait(self.page, "(n) => document.querySelector('.parallel canvas').dataset.lines === String(n)", adam)
        look.figure(self.page, "objective")
        look.wait(self.page, """(n) => [...document.querySelectorAll('[data-panel=objective] .points .point')]
            .filter((p) => Number(p.style.opacity) < 0.2).length === n""", 24 - adam)

        self.page.reload()
        look.panel(self.page, "table").wait_for()
        look.counts(self.page, adam)
        look.panel(self.page, "parallel").get_by_role("button", name="Clear the brush").click()
        look.counts(self.page, 24)

    def test_two_studies_are_compared(self):
        self.open("/")
        for name in ("quick", "other"):
            self.page.get_by_label("Choose " + name, exact=True).check()
        self.page.get_by_role("link", name="Compare 2").click()
        for name in ("best-so-far", "distribution"):
            look.until(self.page, lambda: look.figure(self.page, name)["lines"], 2)
        self.assertIn("trials ended", look.figure(self.page, "best-so-far")["titles"])
        text = look.panel(self.page, "side").inner_text()
        for name in ("quick", "other"):
            self.assertIn("%.5g" % self.server.study(name)["best"][0]["values"][0], text)

    def test_rows_are_compared_archived_and_noted(self):
        page = self.page
        self.open("/study/quick")
        for number in (20, 21):
            page.get_by_label("Choose trial %d" % number, exact=True).check()
        page.get_by_role("button", name="Compare 2").click()
        look.until(page, lambda: look.figure(page, "curves/loss")["lines"], 2)

        self.open("/study/quick")
        page.get_by_label("Note on trial 22", exact=True).fill("keep <i>this</i>")
        page.get_by_label("Note on trial 22", exact=True).press("Enter")
        page.locator(".notice", has_text="note is kept").wait_for()
        self.assertEqual(self.server.study("quick", "/trials/22")["attributes"]["note"],
                         "keep <i>this</i>")
        page.get_by_role("button", name="Archive trial 23").click()
        page.locator('tr[data-trial="23"]').wait_for(state="detached")
        look.counts(page, 23)
        page.get_by_label("archived").check()
        page.get_by_role("button", name="Restore trial 23").click()
        page.get_by_role("button", name="Archive trial 23").wait_for()
        page.get_by_label("archived").uncheck()
        look.counts(page, 24)

    def test_a_target_is_set_and_taken_away(self):
        page = self.page
        for typed, target in (("-1.5", -1.5), ("0", 0), ("", None)):
            self.open("/study/quick")
            page.get_by_role("button", name="Limits").click()
            page.get_by_label("Value to reach").fill(typed)
            page.get_by_label("Patience").fill("50")
            page.get_by_role("button", name="Change", exact=True).click()
            page.locator(".notice", has_text="limits are changed").wait_for()

            limits = self.server.study("quick")["limits"]
            self.assertEqual((limits.get("target"), limits["patience"]), (target, 50))

    def test_a_point_made_by_hand_is_tried_next(self):
        page = self.page
        self.open("/study/other")
        page.get_by_role("button", name="Limits").click()
        page.get_by_label("Trials in all").fill("25")
        page.get_by_role("button", name="Change", exact=True).click()
        page.locator(".notice", has_text="limits are changed").wait_for()
        page.get_by_role("button", name="Try a point").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("lr").fill("0.0625")
        dialog.get_by_label("optimizer").select_option("adam")
        dialog.get_by_role("button", name="Try it next").click()
        page.locator(".notice", has_text="tried next").wait_for()
        page.get_by_role("button", name="Resume").click()
        page.locator('tr[data-trial="24"] .pill.completed').wait_for()

        trial = self.server.study("other", "/trials/24")
        self.assertEqual(trial["params"], {"lr": 0.0625, "optimizer": "adam"})
        self.assertEqual(trial["source"], "enqueued")

    def test_a_second_process_is_started_only_when_that_is_confirmed(self):
        page = self.page
        first = self.server.begin(dict(QUICK, name="shared", limits={}, task={
            "command": ["sh", "-c", "sleep 1; echo loss=1"]}))
        self.addCleanup(lambda: (first.kill(), first.wait(120)))
        self.open("/")
        page.get_by_role("link", name="shared", exact=True).click()
        self.in_state("running")
        page.get_by_role("link", name="Clone").click()
        page.get_by_label("Name").first.fill("shared")
        page.locator(".verdict", has_text="resumes it").wait_for()

        page.get_by_role("button", name="Start", exact=True).click()
        page.get_by_role("dialog").get_by_text("is run by").wait_for()
        page.get_by_role("button", name="Leave it as it is").click()
        self.assertNotIn("shared", [r["study"] for r in self.server.get("/api/runs")["runs"]])
        page.get_by_role("button", name="Start", exact=True).click()
        page.get_by_role("button", name="Start a second process").click()
        page.wait_for_url("**/study/shared")

        self.assertEqual(self.server.get("/api/runs")["runs"][0]["study"], "shared")
        look.wait(page, """() => document.querySelectorAll(
            '[data-panel="resources"] .workers .dot.on').length === 2""")
        self.server.post("/api/studies/shared/stop", {})
        first.wait(120)


if __name__ == "__main__":
    browser.main()
