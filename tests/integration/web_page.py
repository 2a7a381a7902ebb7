"""The study page in a real browser: each panel, by what is drawn in it, against the API."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/web"))

import browser          # noqa: E402
import look             # noqa: E402
from server import HPO, TRAIN, Server  # noqa: E402

PARAMETERS = [
    {"name": "lr", "type": "float", "low": 1e-4, "high": 1, "scale": "log"},
    {"name": "layers", "type": "int", "low": 1, "high": 4},
    {"name": "optimizer", "type": "categorical", "choices": ["sgd", "adam"]},
    {"name": "momentum", "type": "float", "low": 0, "high": 0.99, "when": {"optimizer": ["sgd"]}},
]
COMMAND = [sys.executable, TRAIN, "--lr", "{lr}", "--layers", "{layers}",
           "--optimizer", "{optimizer}", "--momentum", "{momentum}"]
LIMITS = {"trials": 30, "concurrent": 2, "max_iterations": 9, "failure_rate": 1}


def study(name, objectives, **more):
    return dict({"name": name, "objectives": objectives, "parameters": PARAMETERS,
                 "strategy": {"name": "random", "seed": 5}, "limits": LIMITS,
                 "task": {"backend": "process", "command": COMMAND}}, **more)


def setUpModule():
    global server, chromium
    browser.executable()
    server = Server()
    unittest.addModuleCleanup(server.end)
    loss = {"series": "loss", "goal": "min"}
    server.search(study("one", [loss], pruner={"name": "median"}))
    server.search(study("two", [loss, {"series": "size", "goal": "min"}]))
    server.search(study("three", [loss, {"series": "size", "goal": "min"},
                                  {"series": "latency", "goal": "min"}]))
    server.start()
    chromium = browser.Browser()
    unittest.addModuleCleanup(chromium.end)


class Case(unittest.TestCase):
    name = "one"

    @classmethod
    def setUpClass(cls):
        cls.page = chromium.page()
        cls.addClassCleanup(cls.page.context.close)
        cls.page.goto(server.base + "/study/" + cls.name)
        look.panel(cls.page, "table").wait_for()
        cls.trials = server.study(cls.name, "/trials")

    def valued(self):
        """How many trials have a value of the first objective."""
        return sum(v is not None for v in self.trials["values"][0])

    def traces(self, figure, query=""):
        return server.study(self.name, "/figures/%s%s" % (figure, query))["data"]


class First(unittest.TestCase):
    def test_figures_are_drawn_while_the_trials_are_on_their_way(self):
        page = chromium.page()
        self.addCleanup(page.context.close)
        held = []  # None once they may come
        page.route("**/api/studies/one/trials*", lambda route:
                   route.continue_() if held is None else held.append(route))
        page.goto(server.base + "/study/one")
        for name in ("history", "objective"):
            self.assertGreater(look.figure(page, name)["points"], 0)
        self.assertEqual(look.panel(page, "table").count(), 0)

        waiting, held = held, None
        for route in waiting:
            route.continue_()
        look.panel(page, "table").wait_for()
        self.assertEqual(look.count(page), 30)


class OneObjective(Case):
    def test_every_panel_is_there(self):
        wanted = {"best", "budget", "resources", "history", "objective", "parallel", "table",
                  "importance", "intermediate", "slice", "contour", "rank", "edf", "timeline"}

        there = self.page.eval_on_selector_all("[data-panel]", "l => l.map(p => p.dataset.panel)")

        self.assertEqual(wanted - set(there), set())

    def test_the_best_trial_is_the_api_s(self):
        best = server.study("one")["best"][0]

        text = look.panel(self.page, "best").inner_text()

        self.assertIn("trial %d" % best["number"], text)
        self.assertIn("%.5g" % best["values"][0], text)
        for name in best["params"]:
            self.assertIn(name, text)

    def test_the_budget_says_what_is_left(self):
        text = look.panel(self.page, "budget").inner_text()

        self.assertRegex(text, r"Trials\s+0 left of 30 \(0 %\)")
        self.assertIn("Compute time", text)
        self.assertIn("Iterations", text)

    def test_resources_say_who_worked(self):
        text = look.panel(self.page, "resources").inner_text()

        for worker in server.study("one", "/resources")["workers"]:
            self.assertIn(worker["name"], text)

    def test_the_metric_is_drawn_for_each_trial_that_has_a_value(self):
        for name in ("history", "objective"):
            drawn = look.figure(self.page, name)
            sent = sum(len(t["x"]) for t in self.traces(name) if "markers" in t.get("mode", ""))

            self.assertEqual(drawn["points"], sent, name)
            self.assertGreaterEqual(drawn["points"], 20, name)
            self.assertIn("loss", drawn["titles"], name)

    def test_importance_is_a_bar_a_parameter(self):
        drawn = look.figure(self.page, "importance")

        self.assertEqual(drawn["bars"], sum(x > 0 for x in self.traces("importance")[0]["x"]))
        for parameter in PARAMETERS:
            self.assertIn(parameter["name"], drawn["names"])

    def test_a_learning_curve_a_trial_that_reported(self):
        drawn = look.figure(self.page, "intermediate")
        sent = [t for t in self.traces("intermediate") if "lines" in t.get("mode", "lines")]

        self.assertGreaterEqual(drawn["lines"], min(20, len(sent)))
        self.assertLessEqual(drawn["lines"], len(sent))
        self.assertIn("iteration", drawn["titles"])

    def test_slices_are_plots_of_all_parameters(self):
        drawn = look.figure(self.page, "slice")

        self.assertEqual(drawn["points"], sum(len(t["x"]) for t in self.traces("slice")))
        for parameter in PARAMETERS:
            self.assertIn(parameter["name"], drawn["titles"])

    def test_contour_and_rank_are_of_the_chosen_parameters(self):
        for name in ("contour", "rank"):
            panel = look.panel(self.page, name)
            panel.scroll_into_view_if_needed()
            panel.get_by_label("Horizontal parameter").select_option("layers")
            panel.get_by_label("Vertical parameter").select_option("lr")
            look.wait(self.page, """(name) => {
                const titles = [...document.querySelectorAll(
                    `[data-panel="${name}"] .g-xtitle text, [data-panel="${name}"] .g-ytitle text`)];
                return titles.map((t) => t.textContent).join() === "layers,lr";
            }""", name)

            sent = sum(len(t["x"]) for t in self.traces(name, "?x=layers&y=lr")
                       if t["type"] == "scatter")

            self.assertIn("%s.x=layers" % name, self.page.url)
            look.until(self.page, lambda: look.figure(self.page, name)["points"], sent)
        self.assertGreater(look.figure(self.page, "contour")["contours"], 0)

    def test_the_distribution_is_a_line(self):
        drawn = look.figure(self.page, "edf")

        self.assertEqual(drawn["lines"], len(self.traces("edf")))
        self.assertIn("loss", drawn["titles"])

    def test_the_timeline_is_a_bar_a_trial(self):
        drawn = look.figure(self.page, "timeline")
        sent = sum(len(t["y"]) for t in self.traces("timeline") if t["type"] == "bar")

        self.assertEqual(drawn["bars"], sent)
        self.assertEqual(sent, 30)

    def test_parallel_coordinates_are_a_line_a_trial(self):
        look.panel(self.page, "parallel").scroll_into_view_if_needed()
        look.wait(self.page, "document.querySelector('.parallel canvas').dataset.lines === '30'")

        axes = self.page.eval_on_selector_all(".parallel .axis", "l => l.map(a => a.dataset.axis)")

        self.assertEqual(axes, ["lr", "layers", "optimizer", "momentum", "loss"])
        self.assertGreater(self.page.evaluate(look.INKED, ".parallel canvas"), 0.01)

    def test_the_table_has_the_values_of_the_api(self):
        page = chromium.page()
        self.addCleanup(page.context.close)
        page.goto(server.base + "/study/one?sort=loss")
        rows = page.locator("[data-panel=table] tr[data-trial]")
        rows.first.wait_for()
        valued = [(v, n) for v, n in zip(self.trials["values"][0], self.trials["number"])
                  if v is not None]
        best, number = min(valued)

        first = rows.first.inner_text()

        self.assertEqual(rows.first.get_attribute("data-trial"), str(number))
        self.assertIn("%.5g" % best, first)
        self.assertIn(self.trials["state"][self.trials["number"].index(number)], first)

    def test_the_newest_trial_stands_first(self):
        self.page.locator("tr[data-trial]").first.wait_for()
        shown = self.page.eval_on_selector_all("tr[data-trial]", "l => l.map((r) => r.dataset.trial)")

        self.assertEqual([int(n) for n in shown], list(range(29, 29 - len(shown), -1)))

    def test_a_failed_trial_says_why_and_its_words_are_no_html(self):
        failed = [n for n, s in zip(self.trials["number"], self.trials["state"]) if s == "failed"]
        self.assertTrue(failed)
        page = chromium.page()
        self.addCleanup(page.context.close)

        page.goto(server.base + "/study/one/trial/%d" % failed[0])
        page.locator(".reason").wait_for()
        page.locator("pre.log", has_text="out of memory").wait_for()

        self.assertIn("<b>out of memory</b>", page.locator("pre.log").inner_text())
        self.assertEqual(page.locator("pre.log b").count(), 0)

    def test_nothing_was_complained_of(self):
        self.assertEqual(look.faults(self.page), [])


class TwoObjectives(Case):
    name = "two"

    def test_the_front_is_drawn_over_both(self):
        drawn = look.figure(self.page, "pareto")
        sent = sum(len(t["x"]) for t in self.traces("pareto") if "markers" in t.get("mode", ""))

        self.assertEqual(drawn["points"], sent)
        self.assertEqual(sorted(drawn["titles"]), ["loss", "size"])

    def test_the_hypervolume_only_grows(self):
        drawn = look.figure(self.page, "hypervolume")
        grown = self.traces("hypervolume")[0]["y"]

        self.assertEqual(drawn["lines"], 1)
        self.assertEqual(grown, sorted(grown))

    def test_another_objective_is_chosen_in_the_panel(self):
        panel = look.panel(self.page, "history")
        panel.scroll_into_view_if_needed()
        panel.get_by_label("Objective of").select_option("size")
        look.wait(self.page, """() => document.querySelector(
            '[data-panel="history"] .g-ytitle text')?.textContent === "size" """)

        self.assertIn("history.o=1", self.page.url)

    def test_all_of_the_front_are_best(self):
        options = look.panel(self.page, "best").locator("option")

        self.assertEqual(options.count(), len(server.study("two")["best"]))


class ThreeObjectives(Case):
    name = "three"

    def test_the_front_has_three_axes(self):
        look.panel(self.page, "pareto").scroll_into_view_if_needed()
        look.panel(self.page, "pareto").locator(".plot[data-drawn]").wait_for()
        look.wait(self.page, """() => {
            const canvas = document.querySelector('[data-panel="pareto"] .gl-container canvas');
            return canvas !== null && canvas.width > 0;
        }""")
        scene = self.page.evaluate("""() => {
            const plot = document.querySelector('[data-panel="pareto"] .plot');
            return {
                points: plot._fullData.reduce((sum, trace) => sum + trace.x.length, 0),
                titles: ['x', 'y', 'z'].map((a) => plot._fullLayout.scene[a + 'axis'].title.text),
            };
        }""")

        self.assertEqual(sorted(scene["titles"]), ["latency", "loss", "size"])
        self.assertEqual(scene["points"], sum(len(t["x"]) for t in self.traces("pareto")))


def finished(number):
    """A trial as an export has it, with nine reports; each tenth was pruned after three."""
    lr, layers, optimizer = 10 ** (-4 * (number * 0.618 % 1)), 1 + number % 4, ["sgd", "adam"][number % 2]
    floor = abs(lr - 0.03) + 0.1 / layers
    pruned = number % 10 == 9
    reports = [[i, floor + 1 / i] for i in range(1, 4 if pruned else 10)]
    return {"params": {"lr": lr, "layers": layers, "optimizer": optimizer,
                       **({"momentum": number % 7 / 10} if optimizer == "sgd" else {})},
            "state": "pruned" if pruned else "completed", "values": [reports[-1][1]],
            "reports": reports}


class Report(unittest.TestCase):
    def test_a_thousand_trials_are_one_small_file_that_needs_no_network(self):
        server.post("/api/studies", {"study": study("thousand", [{"series": "loss", "goal": "min"}])})
        for first in range(0, 1000, 200):
            server.post("/api/studies/thousand/import",
                        {"trials": [finished(i) for i in range(first, first + 200)]})
        path = os.path.join(server.dir, "page.html")
        subprocess.run([HPO, "report", "thousand", "--store", server.store, "-o", path], check=True,
                       capture_output=True, timeout=60)

        page = chromium.page(offline=True)
        self.addCleanup(page.context.close)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto("file://" + path)
        look.wait(page, "document.documentElement.dataset.drawn === '1'", seconds=60)
        drawn = page.evaluate("""() => Object.fromEntries([...document.querySelectorAll('.figure')]
            .map((figure) => [figure.dataset.of, figure.querySelectorAll(
                '.point, .js-line, .contourfill path, .heatmaplayer image').length]))""")

        self.assertLess(os.path.getsize(path), 3000000)
        self.assertEqual([url for url in asked if not url.startswith(("file:", "blob:", "data:"))], [])
        self.assertEqual({name.rsplit("-", 1)[0] for name in drawn},
                         {"history", "objective", "parallel", "slice", "contour", "importance",
                          "edf", "timeline", "intermediate", "rank"})
        self.assertEqual([name for name, marks in drawn.items() if marks == 0], [])
        self.assertGreaterEqual(drawn["objective-0"], 1000)
        self.assertEqual(look.faults(page), [])


if __name__ == "__main__":
    browser.main()
