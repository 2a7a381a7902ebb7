"""Whether everybody can use the page: accessibility, keyboard, narrow and dark, links, errors."""
import os
import sys
import unittest

SUPPORT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support")
sys.path[:0] = [SUPPORT, os.path.join(SUPPORT, "web")]

import browser          # noqa: E402
import disk             # noqa: E402
import look             # noqa: E402
from server import TRAIN, Server  # noqa: E402

HOSTILE = '<img src=x onerror="window.hacked=1">'
STUDY = {
    "name": "people", "objectives": [{"series": "loss", "goal": "min"}],
    "parameters": [{"name": "lr", "type": "float", "low": 1e-4, "high": 1, "scale": "log"},
                   {"name": "layers", "type": "int", "low": 1, "high": 4},
                   {"name": "optimizer", "type": "categorical", "choices": ["sgd", "adam"]}],
    "strategy": {"name": "random", "seed": 3}, "limits": {"trials": 20, "concurrent": 2},
    "task": {"backend": "process",
             "command": [sys.executable, TRAIN, "--lr", "{lr}", "--layers", "{layers}",
                         "--optimizer", "{optimizer}"]},
}
HOSTILE_STUDY = {
    "name": HOSTILE, "objectives": [{"series": "loss", "goal": "min"}],
    "parameters": [{"name": "lr", "type": "float", "low": 1e-4, "high": 1},
                   {"name": HOSTILE, "type": "categorical", "choices": [HOSTILE, "b"]}],
    "limits": {"trials": 6}, "strategy": {"name": "random", "seed": 1},
    "task": {"backend": "process", "command": [sys.executable, TRAIN, "--lr", "{lr}"]},
}
PAGES = ["/", "/study/people", "/study/people/trial/3", "/study/people/compare?t=1,2",
         "/compare?s=people", "/launch?from=people", "/nowhere"]
FAULTS = """async () => {
	const found = await axe.run(document, { resultTypes: ['violations'] });
	return found.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
		.map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(', '));
}"""


def setUpModule():
    global server, chromium
    browser.executable()
    server = Server()
    unittest.addModuleCleanup(server.end)
    server.search(STUDY)
    server.search(HOSTILE_STUDY)
    server.start()
    chromium = browser.Browser()
    unittest.addModuleCleanup(chromium.end)


class Case(unittest.TestCase):
    def open(self, path="/", **how):
        page = chromium.page(**how)
        self.addCleanup(page.context.close)
        page.goto(server.url)
        page.goto(server.base + path)
        page.locator("h1, .empty h2").first.wait_for()
        return page


class Accessible(Case):
    def test_axe_finds_no_serious_fault(self):
        with open(browser.AXE) as f:
            axe = f.read()
        faults = []
        for scheme in ("light", "dark"):
            for path in PAGES:
                page = self.open(path, scheme=scheme)
                if path == "/study/people":
                    look.figure(page, "objective")
                    page.get_by_label("Choose trial 19", exact=True).check()
                    look.figure(page, "timeline")
                    page.locator(".figure-values summary").first.click()
                page.evaluate(axe)

                faults += ["%s %s: %s" % (scheme, path, one) for one in page.evaluate(FAULTS)]
                page.context.close()
        self.assertEqual(faults, [])

    def test_dialogs_keep_the_focus_and_close_on_escape(self):
        page = self.open("/study/people")
        button = page.get_by_role("button", name="Columns")
        button.focus()
        page.keyboard.press("Enter")
        page.get_by_role("dialog").wait_for()
        for _ in range(30):
            page.keyboard.press("Tab")
            self.assertTrue(page.evaluate(
                "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"))
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")

        look.until(page, lambda: page.evaluate("document.activeElement.textContent"), "Columns")


class Keyboard(Case):
    def tab_to(self, page, name):
        """Presses Tab until an element of that name has the focus."""
        for _ in range(80):
            page.keyboard.press("Tab")
            here = page.evaluate("""() => { const e = document.activeElement;
                return e.getAttribute('aria-label') || e.textContent || e.value || ''; }""")
            if here.strip() == name:
                return
        self.fail("%s is not reached by the keyboard" % name)

    def focus_is_seen(self, page):
        return page.evaluate("""() => { const s = getComputedStyle(document.activeElement);
            return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1; }""")

    def test_a_study_is_opened_sorted_and_filtered(self):
        page = self.open("/")
        self.tab_to(page, "people")
        self.assertTrue(self.focus_is_seen(page))
        page.keyboard.press("Enter")
        look.panel(page, "table").wait_for()

        self.tab_to(page, "Filter trials")
        page.keyboard.type("optimizer=adam")
        self.tab_to(page, "loss")
        self.assertTrue(self.focus_is_seen(page))
        page.keyboard.press("Enter")
        look.wait(page, "location.search.includes('sort=loss')")

        trials = server.study("people", "/trials")
        look.counts(page, trials["params"]["optimizer"].count("adam"))

    def test_a_range_is_chosen_without_a_pointer(self):
        page = self.open("/study/people")
        look.panel(page, "parallel").wait_for()
        page.get_by_role("button", name="Range of layers").focus()
        page.keyboard.press("Enter")
        page.get_by_role("dialog").get_by_label("from").fill("3")
        page.keyboard.press("Enter")
        page.get_by_role("dialog").wait_for(state="detached")

        layers = server.study("people", "/trials")["params"]["layers"]
        look.counts(page, sum(n >= 3 for n in layers))

    def test_the_values_of_a_figure_are_read_without_seeing_it(self):
        page = self.open("/study/people")
        look.figure(page, "objective")
        summary = look.panel(page, "objective").locator(".figure-values summary")
        summary.focus()
        self.assertTrue(self.focus_is_seen(page))
        page.keyboard.press("Enter")
        table = page.get_by_role("region", name="Values of Objective per trial of people")
        table.locator("tbody tr").first.wait_for()
        heads = table.locator("thead th").all_inner_texts()
        rows = [dict(zip(heads, row.locator("td").all_inner_texts()))
                for row in table.locator("tbody tr").all()]

        trials = server.study("people", "/trials")
        self.assertEqual({row["trial"]: row["loss"] for row in rows if row["series"] == "loss"},
                         {str(n): "%.5g" % v for n, v in zip(trials["number"], trials["values"][0])
                          if v is not None})

    def test_the_first_tab_skips_to_the_content(self):
        page = self.open("/study/people")
        look.panel(page, "table").wait_for()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")

        look.until(page, lambda: page.evaluate("document.activeElement.id"), "main")


class Everywhere(Case):
    def test_nothing_is_wider_than_a_narrow_window(self):
        for path in PAGES:
            page = self.open(path, width=400, height=800)
            if path == "/study/people":
                look.figure(page, "slice")

            self.assertEqual(page.evaluate("document.documentElement.scrollWidth"), 400, path)

    def test_it_is_dark_where_the_system_is_or_the_switch_says(self):
        ground = "getComputedStyle(document.body).backgroundColor"
        light, dark = self.open("/"), self.open("/", scheme="dark")
        self.assertNotEqual(light.evaluate(ground), dark.evaluate(ground))
        wanted = dark.evaluate(ground)
        switch = light.get_by_role("button", name="Colours")
        switch.click()
        switch.click()

        look.until(light, lambda: light.evaluate(ground), wanted)
        light.reload()
        look.until(light, lambda: light.evaluate(ground), wanted)

    def test_a_link_restores_the_view(self):
        page = self.open("/study/people?q=layers%3E1&state=completed&sort=-lr&cols=number,lr,layers"
                         "&brush=layers:2..3&contour.x=layers&contour.y=lr")
        look.panel(page, "table").wait_for()
        trials = server.study("people", "/trials")
        rows = [(lr, n) for n, s, lr, layers in zip(
            trials["number"], trials["state"], trials["params"]["lr"], trials["params"]["layers"])
                if s == "completed" and 2 <= layers <= 3]

        look.until(page, lambda: [int(n) for n in page.eval_on_selector_all(
            "tr[data-trial]", "l => l.map((r) => r.dataset.trial)")],
            [n for _, n in sorted(rows, reverse=True)])
        heads = page.eval_on_selector_all(".trials thead .sort", "l => l.map((b) => b.textContent)")

        self.assertEqual(heads, ["trial", "lr ▾", "layers"])
        self.assertEqual(page.get_by_label("Filter trials").input_value(), "layers>1")
        self.assertEqual(page.get_by_label("Horizontal parameter of Contour").input_value(), "layers")

    def test_words_of_a_study_are_no_html(self):
        page = self.open("/")
        page.get_by_role("link", name=HOSTILE).click()
        for name in ("objective", "importance", "slice", "timeline"):
            look.figure(page, name)
        look.panel(page, "parallel").scroll_into_view_if_needed()

        self.assertEqual(page.locator("h1").inner_text(), HOSTILE)
        self.assertEqual(page.locator("main img").count(), 0)
        self.assertIsNone(page.evaluate("window.hacked ?? null"))


class NothingToShow(Case):
    def test_what_is_not_there_says_where_to_go(self):
        for path, text in (("/study/nothing", "There is no such study"),
                           ("/study/people/trial/999", "There is no such trial"),
                           ("/what", "There is no such page"),
                           ("/study/people/compare", "No trials to compare")):
            page = self.open(path)
            page.get_by_text(text).wait_for()
            self.assertGreater(page.locator("main a").count(), 0, path)

    def test_a_filter_that_nothing_fits_can_be_cleared(self):
        page = self.open("/?q=zzz")
        page.get_by_role("button", name="Clear the filter").click()
        page.get_by_role("link", name="people", exact=True).wait_for()

    def test_a_server_that_went_away_is_said_and_found_again(self):
        own = Server()
        self.addCleanup(own.end)
        own.search(dict(STUDY, name="alone", limits={"trials": 2}))
        own.start()
        page = chromium.page()
        self.addCleanup(page.context.close)
        page.goto(own.url)
        page.get_by_role("link", name="alone").click()
        page.locator(".live.live").wait_for()
        page.get_by_role("button", name="Resume").wait_for()

        own.stop()
        page.locator(".live.lost").wait_for()

        self.assertIn("trying again", page.locator(".live").get_attribute("title"))
        self.assertEqual(page.locator("h1").inner_text(), "alone")
        own.start(int(own.base.split(":")[-1]))
        page.locator(".live.live").wait_for()

        # It has another token, which this page was not opened with.
        page.locator(".head", has_text=own.get("/api/info")["launch_hint"]).wait_for()
        self.assertEqual(page.get_by_role("button", name="Resume").count(), 0)

    def test_what_a_full_disk_cannot_keep_is_said(self):
        with disk.small(self) as small:
            own = Server()
            self.addCleanup(own.end)
            own.store = "sqlite:%s/hpo.db" % small
            own.search(dict(STUDY, name="full", limits={"trials": 2}))
            own.start()
            page = chromium.page()
            self.addCleanup(page.context.close)
            page.goto(own.url)
            page.get_by_role("link", name="full").click()
            page.get_by_role("button", name="Archive trial 0").wait_for()
            disk.fill(small)

            for act in (lambda: page.get_by_role("button", name="Resume").click(),
                        lambda: page.get_by_role("button", name="Archive trial 0").click()):
                act()
                page.get_by_role("alert").get_by_text("%s/hpo.db': the disk is full" % small).wait_for()
                page.get_by_role("button", name="Dismiss").click()
            self.assertEqual(own.study("full")["state"], "done")
            page.context.close()
            own.stop()

    def test_one_who_may_only_read_is_told_how_to_do_more(self):
        page = chromium.page()
        self.addCleanup(page.context.close)
        page.goto(server.base + "/study/people")
        look.panel(page, "table").wait_for()

        self.assertEqual(page.get_by_role("button", name="Resume").count(), 0)
        self.assertIn(server.get("/api/info")["launch_hint"], page.locator(".head").inner_text())


if __name__ == "__main__":
    browser.main()
