"""A search of clones on a ClearML server (the stand-in), launched from the form in a real browser."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support/web"))

import browser          # noqa: E402
import look             # noqa: E402
from server import Server  # noqa: E402

sys.path.insert(0, os.path.join(HERE, "../support/clearml"))


class Launch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        browser.executable()
        from harness import Bed
        cls.bed = Bed()
        cls.addClassCleanup(cls.bed.end)
        cls.server = Server()
        cls.addClassCleanup(cls.server.end)
        cls.server.env.update(cls.bed.standin.environment(), HOME=cls.server.dir)
        cls.server.make_store()
        cls.server.start()
        cls.chromium = browser.Browser()
        cls.addClassCleanup(cls.chromium.end)
        cls.page = cls.chromium.page()
        cls.page.goto(cls.server.url)
        cls.page.get_by_role("link", name="New study").wait_for()

    def section(self, title):
        return self.page.locator(".form-section").filter(
            has=self.page.get_by_role("heading", name=title, exact=True))

    def fill(self, section, **fields):
        for label, text in fields.items():
            self.section(section).get_by_label(label.replace("_", " "), exact=True).fill(text)

    def parameter(self, index, name, kind, **fields):
        if index > 0:
            self.page.get_by_role("button", name="Add a parameter").click()
        row = self.section("Parameters").locator("fieldset").nth(index)
        row.get_by_label("Name").fill(name)
        row.get_by_label("Type").select_option(kind)
        for label, text in fields.items():
            row.get_by_label(label, exact=True).fill(text)

    def test_clones_of_a_task_become_rows(self):
        page = self.page
        base = self.bed.base()
        page.goto(self.server.base + "/launch")
        self.fill("Study", Name="spirals")
        self.section("Task").get_by_label("Runs as").select_option("clearml")
        self.fill("Task", Initial_task_to_optimise=base, Execution_queue="default")
        self.section("Task").get_by_text("Advanced").click()
        self.fill("Task", Seconds_between_two_looks="0.3")
        self.fill("Objectives", Metric_title="validation", Metric_series="loss")
        self.section("Objectives").get_by_label("Trend").select_option("min")
        self.parameter(0, "Args/x", "float", From="-5", To="5")
        self.parameter(1, "Args/layers", "int", From="1", To="4")
        self.fill("Limits", Trials_in_all="6", Trials_at_once="3")
        page.locator(".verdict", has_text="Ready to start").wait_for()
        page.get_by_role("button", name="Start", exact=True).click()

        page.wait_for_url("**/study/spirals")
        look.wait(page, """() => document.querySelectorAll(
            '[data-panel="table"] tr[data-trial] .pill.completed').length === 6""")
        page.locator(".head .pill.done").wait_for()
        study = self.server.study("spirals")
        trials = self.server.study("spirals", "/trials")
        clones = {i: t for i, t in self.bed.state()["tasks"].items() if t.get("parent")}

        self.assertEqual(study["backend"], "clearml")
        self.assertEqual(len(clones), 6)
        self.assertEqual({t["status"] for t in clones.values()}, {"completed"})
        self.assertEqual(sorted(float(t["hyperparams"]["Args"]["x"]["value"]) for t in clones.values()),
                         sorted(trials["params"]["Args/x"]))
        for number in range(6):
            trial = self.server.study("spirals", "/trials/%d" % number)
            self.assertIn(trial["task"], clones)
            self.assertGreater(len(trial["reports"]), 0)
        page.get_by_role("link", name="0", exact=True).first.click()
        page.get_by_text(self.server.study("spirals", "/trials/0")["task"]).first.wait_for()
        self.assertEqual(look.faults(page), [])

    def test_what_the_server_refuses_is_said(self):
        page = self.page
        self.bed.base()
        page.goto(self.server.base + "/launch")
        self.fill("Study", Name="nobody")
        self.section("Task").get_by_label("Runs as").select_option("clearml")
        self.fill("Task", Initial_task_to_optimise="0" * 32, Execution_queue="default")
        self.fill("Objectives", Metric_title="validation", Metric_series="loss")
        self.parameter(0, "Args/x", "float", From="-5", To="5")
        page.locator(".verdict", has_text="Ready to start").wait_for()
        page.get_by_role("button", name="Start", exact=True).click()

        page.wait_for_url("**/study/nobody")
        page.locator(".head", has_text="0" * 32).wait_for()


if __name__ == "__main__":
    browser.main()
