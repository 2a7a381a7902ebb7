"""The server of `hpo ui`: real processes, over HTTP."""
import json
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support.web.client import HPO, Case, Events, held, study  # noqa: E402


class Reading(Case):
    def setUp(self):
        super().setUp()
        self.search(study(trials=6))

    def test_the_list_says_what_the_store_holds(self):
        row, = self.get("/studies")["studies"]
        self.assertEqual(row["name"], "s")
        self.assertEqual(row["state"], "done")
        self.assertEqual(row["trials"], {"waiting": 0, "running": 0, "completed": 6, "pruned": 0,
                                         "failed": 0})
        best = json.loads(self.hpo("show", "s", "--json"))["best"]
        self.assertEqual(row["best"], [best])
        self.assertEqual(row["limit"], 6)

    def test_a_study_that_has_reached_its_target_is_done(self):
        self.search(study(name="reached", limits={"trials": 1000, "target": 1e9}))

        rows = {row["name"]: row for row in self.get("/studies")["studies"]}
        self.assertEqual(rows["reached"]["state"], "done")
        self.assertLess(rows["reached"]["trials"]["completed"], 1000)

    def test_the_budget_counts_what_a_shell_started(self):
        study = self.get("/studies/s")
        used = {b["name"]: b["used"] for b in study["budget"]}
        self.assertEqual(used["trials"], 6)
        self.assertEqual(used["minutes"], (study["ended_s"] - study["started_s"]) / 60)
        self.assertGreater(used["minutes"], 0)

    def test_columns_are_the_trials_of_the_command(self):
        table = self.get("/studies/s/trials")
        trials = json.loads(self.hpo("trials", "s", "--json"))["trials"]
        place = {n: i for i, n in enumerate(table["number"])}
        self.assertEqual(sorted(place), list(range(6)))
        for trial in trials:
            i = place[trial["number"]]
            self.assertEqual(table["state"][i], trial["state"])
            self.assertEqual(table["values"][0][i], trial["values"][0])
            self.assertEqual(table["params"]["x"][i], trial["params"]["x"])
            self.assertEqual(table["params"]["k"][i], trial["params"]["k"])
            self.assertRegex(table["worker"][i], r":\d+$")

    def test_pages_of_columns_are_whole_and_then_only_changes_come(self):
        seen, since = [], ""
        while True:
            part = self.get("/studies/s/trials?limit=2&since=" + since)
            self.assertLessEqual(len(part["number"]), 2)
            seen += part["number"]
            since = part["next"]
            if not part["more"]:
                break
        self.assertEqual(sorted(seen), list(range(6)))
        self.assertEqual(self.get("/studies/s/trials?since=" + since)["number"], [])
        self.call("PATCH", "/studies/s/trials/3", {"note": "odd", "archived": True})
        part = self.get("/studies/s/trials?since=" + since)
        self.assertEqual((part["number"], part["note"], part["archived"]), ([3], ["odd"], [True]))

    def test_a_trial_has_its_reports_and_its_log(self):
        trial = self.get("/studies/s/trials/2")
        x = trial["params"]["x"]
        self.assertEqual(trial["reports"], [[i, "loss", x] for i in (1, 2, 3)])
        log = self.get("/studies/s/trials/2/log")
        self.assertIn("iteration=3 loss=", log["text"])
        self.assertEqual(log["next"], log["size"])
        part = self.get("/studies/s/trials/2/log?offset=10&limit=5")
        self.assertEqual(part["text"], log["text"][10:15])
        self.get("/studies/s/trials/99", status=404)
        self.get("/studies/s/trials/99/log", status=404)

    def test_what_has_not_changed_is_not_sent_again(self):
        for path in ("/studies", "/studies/s", "/studies/s/trials", "/studies/s/figures/history",
                     "/openapi.json"):
            status, headers, data = self.raw("GET", "/api" + path)
            self.assertEqual(status, 200)
            again = self.raw("GET", "/api" + path, headers={"If-None-Match": headers["ETag"]})
            self.assertEqual((again[0], again[2]), (304, b""), path)
        self.call("PATCH", "/studies/s", {"note": "n"})
        for path in ("/studies", "/studies/s"):
            self.assertEqual(self.raw("GET", "/api" + path,
                                      headers={"If-None-Match": headers["ETag"]})[0], 200)

    def test_every_figure_that_is_listed_is_drawn(self):
        figures = self.get("/studies/s/figures")["figures"]
        names = {f["name"] for f in figures}
        self.assertEqual(names, {"history", "objective", "parallel", "slice", "contour",
                                 "importance", "edf", "timeline", "intermediate", "rank"})
        for name in names:
            figure = self.get("/studies/s/figures/" + name)
            self.assertGreater(len(figure["data"]), 0, name)
        points = self.get("/studies/s/figures/history")["data"][0]
        trials = {t["number"]: t for t in json.loads(self.hpo("trials", "s", "--json"))["trials"]}
        self.assertEqual(len(points["y"]), 6)
        for number, y in zip(points["customdata"], points["y"]):
            self.assertAlmostEqual(y, trials[number]["values"][0], 5)
        self.get("/studies/s/figures/contour?x=nothing", status=400)
        self.get("/studies/s/figures/pareto", status=400)
        self.get("/studies/s/figures/nothing", status=404)

    def test_exports_are_those_of_the_command(self):
        self.assertEqual(self.raw("GET", "/api/studies/s/export?format=csv")[2].decode()
                         .splitlines(), self.hpo("export", "s", "--format", "csv").splitlines())
        file = self.get("/studies/s/export?format=study")
        self.assertEqual(file["parameters"][0]["name"], "x")
        self.assertEqual(len(self.get("/studies/s/export")["trials"]), 6)

    def test_a_name_may_be_anything(self):
        for name in ("a/b", "..", "~x", "ü ?&#%41"):
            self.call("POST", "/studies", {"study": study(name)}, status=201)
            quoted = "".join("%%%02X" % b for b in name.encode())
            if name.startswith("~") or name == "..":
                quoted = "~" + quoted
            self.assertEqual(self.get("/studies/" + quoted)["name"], name)

    def test_a_report_is_one_page_without_links(self):
        status, headers, page = self.raw("GET", "/api/studies/s/report.html")
        if status == 501:
            self.skipTest("this build has no Plotly")
        self.assertIn("attachment", headers["Content-Disposition"])
        self.assertLess(len(page), 3000000)
        out = os.path.join(self.dir, "page.html")
        self.hpo("report", "s", "-o", out)
        with open(out, encoding="utf-8") as f:
            text = f.read()
        self.assertIsNone(re.search(r'(?:src|href)="', text))
        figure = re.search(r'id="history-0">(.*?)</script>', text).group(1)
        self.assertEqual(len(json.loads(figure)["data"][0]["y"]), 6)


class Running(Case):
    def launch(self, file):
        self.call("POST", "/studies", {"study": file, "start": True}, status=201)

    def wait_trials(self, **counts):
        """Until the study has so many trials in these states."""
        return self.wait_for(lambda: next(
            (s for s in (self.get("/studies/s"),)
             if all(s["trials"][k] == n for k, n in counts.items())), None))

    def test_a_study_is_validated_launched_and_watched(self):
        wrong = study()
        wrong["parameters"][0]["low"] = 20
        said = self.call("POST", "/validate", wrong)
        self.assertFalse(said["valid"])
        self.assertEqual(said["path"], "parameters[0].low")
        self.assertIn("20", said["message"])
        said = self.call("POST", "/validate", study())
        self.assertTrue(said["valid"])
        self.assertFalse(said["exists"])
        self.assertEqual(self.get("/studies")["studies"], [])

        events = Events(self)
        self.assertEqual(events.next()[0], "hello")
        self.launch(study())
        counts = []
        while not counts or counts[-1] < 6:
            event, data = events.next()
            if event == "study":
                counts.append(data["trials"]["completed"])
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(self.wait_state("s", "done")["run"]["exit"], 0)
        self.assertEqual(len(self.get("/runs")["runs"]), 1)

    def test_a_command_that_is_not_there_is_refused_before_the_study_is_made(self):
        missing = study(task={"command": ["/no/such", "{x}"]})
        said = self.call("POST", "/studies", {"study": missing, "start": True}, status=400)
        self.assertEqual(said["error"]["path"], "task.command[0]")
        self.assertIn("/no/such", said["error"]["message"])
        self.assertEqual(self.get("/studies")["studies"], [])

        self.call("POST", "/studies", {"study": missing}, status=201)
        self.call("POST", "/studies/s/start", {}, status=400)
        self.assertEqual(self.get("/runs")["runs"], [])

    def test_pause_resume_and_stop(self):
        self.launch(held())
        self.wait_trials(completed=1, running=2)
        self.call("POST", "/studies/s/start", status=409)
        self.call("POST", "/studies/s/pause", status=202)
        row = self.wait_state("s", "paused")
        self.assertEqual(row["trials"]["running"], 0)
        self.assertEqual(row["trials"]["waiting"], 2)
        self.go()
        self.call("POST", "/studies/s/start", {}, status=202)
        self.wait_for(lambda: self.get("/studies/s")["trials"]["completed"] > 2)
        self.call("POST", "/studies/s/stop", status=202)
        self.wait_state("s", "stopped")
        self.call("DELETE", "/studies/s")
        self.get("/studies/s", status=404)

    def test_a_stop_is_heard_also_before_the_search_has_begun(self):
        self.call("POST", "/studies", {"study": study(trials=0, sleep="0.2")}, status=201)
        self.call("POST", "/studies/s/start", {}, status=202)
        self.call("POST", "/studies/s/stop", status=202)
        self.assertEqual(self.wait_state("s", "stopped")["run"]["state"], "ended")

    def test_limits_change_while_it_runs(self):
        self.launch(held(trials=1000, concurrent=1))
        self.wait_trials(completed=1, running=1)
        self.call("PATCH", "/studies/s", {"limits": {"concurrent": 3}})
        self.wait_trials(completed=1, running=3)
        self.call("PATCH", "/studies/s", {"limits": {"concurrent": 4, "trials": 6}})
        self.wait_trials(completed=1, running=4)  # both were heard
        self.go()
        self.assertEqual(self.wait_state("s", "done")["count"], 6)
        said = self.call("PATCH", "/studies/s", {"limits": {"trials": -1}}, status=400)
        self.assertEqual(said["error"]["path"], "limits.trials")

    def test_one_trial_is_stopped_and_the_others_go_on(self):
        self.launch(held(trials=3))
        self.wait_trials(completed=1, running=2)
        self.wait_for(lambda: self.get("/studies/s/trials/1")["reports"])
        self.assertTrue(self.call("POST", "/studies/s/trials/1/stop", status=202)["stopping"])
        trial = self.wait_for(lambda: next((t for t in (self.get("/studies/s/trials/1"),)
                                            if t["state"] != "running"), None))
        self.assertEqual((trial["state"], trial["reason"]), ("pruned", "stopped by hand"))
        self.assertEqual(trial["values"], [trial["params"]["x"]])
        self.call("POST", "/studies/s/trials/1/stop", status=409)
        self.assertEqual(self.get("/studies/s/trials/2")["state"], "running")
        self.go()
        self.wait_state("s", "done")
        self.assertEqual(self.get("/studies/s/trials/2")["state"], "completed")

    def test_a_point_is_queued_and_tried_next(self):
        self.call("POST", "/studies", {"study": study(trials=1)}, status=201)
        self.call("POST", "/studies/s/trials", {"params": {"x": 99, "k": "a"}}, status=400)
        self.call("POST", "/studies/s/trials", {"params": {"x": 2.5, "k": "b"}}, status=201)
        self.call("POST", "/studies/s/start", {}, status=202)
        self.wait_state("s", "done")
        trial = self.get("/studies/s/trials/0")
        self.assertEqual((trial["params"], trial["source"]), ({"x": 2.5, "k": "b"}, "enqueued"))

    def test_clone_and_import(self):
        self.call("POST", "/studies", {"study": study()}, status=201)
        self.call("POST", "/studies", {"study": study()}, status=409)
        self.call("POST", "/studies/s/clone", {"name": "t"}, status=201)
        self.call("POST", "/studies/t/import", {"trials": [
            {"params": {"x": 1, "k": "a"}, "values": [1]},
            {"params": {"x": 0.5, "k": "b"}, "values": [0.5]}]})
        self.assertEqual(self.get("/studies/t")["best"][0]["values"], [0.5])
        self.assertEqual(self.get("/studies/s")["count"], 0)
        exported = self.get("/studies/t/export")["trials"]
        self.call("POST", "/studies/s/import", {"trials": exported})
        self.assertEqual(self.get("/studies/s")["best"][0]["values"], [0.5])
        self.search(study("ran", trials=2, sleep="0"))
        self.call("PATCH", "/studies/ran/trials/1", {"note": "odd"})
        self.call("POST", "/studies/ran/clone", {"name": "again"}, status=201)
        exported = self.get("/studies/ran/export")["trials"]
        self.call("POST", "/studies/again/import", {"trials": exported})
        mine = self.get("/studies/again/trials/1")
        for key in ("params", "values", "reports", "attributes", "iteration", "seconds", "state"):
            self.assertEqual(mine[key], exported[1][key], key)
        self.assertEqual(len(mine["reports"]), 3)
        said = self.call("POST", "/studies/t/import", {"trials": [{"params": {"x": 99}}]},
                         status=400)
        self.assertIn("trials[0]", said["error"]["message"])

    def test_workers_are_shown_while_they_run(self):
        self.launch(held())
        seen = self.wait_for(lambda: next((r for r in (self.get("/studies/s/resources"),)
                                           if r["running"] == 2), None))
        self.assertEqual((seen["slots"], seen["free"], len(seen["workers"])), (2, 0, 1))
        self.assertTrue(seen["workers"][0]["alive"])
        self.call("POST", "/studies/s/stop", status=202)
        self.wait_state("s", "stopped")

    def test_a_search_outlives_the_server(self):
        self.launch(held(trials=8))
        self.wait_trials(completed=1, running=2)
        self.server.kill()
        self.server.wait(30)
        self.go()
        self.wait_for(lambda: json.loads(self.hpo("show", "s", "--json"))["trials"]["completed"]
                      == 8)
        trials = json.loads(self.hpo("trials", "s", "--json"))["trials"]
        self.assertEqual({t["attempt"] for t in trials}, {0})

    def test_a_study_that_a_shell_runs_is_not_deleted(self):
        running = self.search(held(trials=4), wait=False)
        self.wait_for(lambda: any(s["trials"]["running"] for s in self.get("/studies")["studies"]))
        said = self.call("DELETE", "/studies/s", status=409)
        self.assertIn("stop it first", said["error"]["message"])
        self.go()
        running.wait(120)
        self.call("DELETE", "/studies/s")

    def test_a_study_that_a_shell_runs_is_joined_only_when_that_is_asked_for(self):
        file = held(concurrent=1)
        self.search(file, wait=False)
        self.wait_for(lambda: any(s["trials"]["running"] for s in self.get("/studies")["studies"]))
        first, = self.get("/studies/s/resources")["workers"]

        for path, body in (("/studies/s/start", {"limits": {"trials": 9}}),
                           ("/studies", {"study": file, "start": True})):
            said = self.call("POST", path, body, status=409)["error"]
            self.assertEqual(said["code"], "elsewhere")
            self.assertIn(first["name"], said["message"])
        self.assertEqual(self.get("/runs")["runs"], [])
        self.assertEqual(self.get("/studies/s")["limits"].get("trials", 0), 0)
        self.call("POST", "/studies/s/start", {"join": 1}, status=400)

        self.call("POST", "/studies/s/start", {"join": True}, status=202)
        self.wait_for(lambda: self.get("/studies/s/resources")["running"] == 2)
        self.assertEqual(len(self.get("/studies/s/resources")["workers"]), 2)
        said = self.call("POST", "/studies/s/start", {"join": True}, status=409)["error"]
        self.assertEqual(said["code"], "conflict")
        self.call("POST", "/studies/s/stop", status=202)
        self.wait_state("s", "stopped")

    def test_events_tell_of_searches_started_elsewhere(self):
        events = Events(self, "/api/events?study=s")
        self.assertEqual(events.next()[0], "hello")
        self.search(study(trials=3))
        while True:
            event, data = events.next()
            if event == "study" and data["trials"]["completed"] == 3:
                break


class Beside(Case):
    def test_a_port_is_for_one_server(self):
        done = subprocess.run([HPO, "ui", "--port", str(self.port), "--store", "sqlite:other.db"],
                              cwd=self.dir, text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("in use; --port 0", done.stderr)

    def test_a_port_is_taken_again_after_a_kill(self):
        self.get("/info")
        self.server.kill()
        self.server.wait(30)
        self.start("--port", str(self.port))
        self.get("/info")


class Starting(unittest.TestCase):
    def test_it_says_what_is_wrong(self):
        for args, status, words in (
                (["--port", "x"], 1, "from 0 to 65535"),
                (["--address", "nonsense"], 1, "not an address"),
                (["--store", "sqlite:/nowhere/at/all.db"], 4, "nowhere")):
            done = subprocess.run([HPO, "ui", *args], text=True, capture_output=True, timeout=60)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
