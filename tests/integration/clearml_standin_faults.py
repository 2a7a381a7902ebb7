"""What the stand-in for a ClearML server can be told to do wrong."""
import http.client
import json
import os
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support", "clearml"))

from client import CallFailed  # noqa: E402
from standin_case import Case  # noqa: E402


class Faults(Case):
    def raw(self, endpoint="tasks.get_all", **body):
        headers = {"Authorization": "Bearer " + self.api._token,
                   "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(self.standin.url.split("/")[2], timeout=120)
        self.addCleanup(connection.close)
        connection.request("POST", "/" + endpoint, json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def setUp(self):
        super().setUp()
        self.api.login()

    def test_a_rule_hits_the_calls_it_names_and_no_others(self):
        self.fault(kind="503", endpoint="queues.*", after=1, every=2, count=2)

        statuses = [self.raw("queues.get_all")[0] for _ in range(7)]

        self.assertEqual(statuses, [200, 503, 200, 503, 200, 200, 200])
        self.assertEqual(self.raw()[0], 200)
        self.assertEqual(self.api.test("GET", "faults")["rules"][0]["hits"], 2)

    def test_errors_are_those_that_were_asked_for(self):
        for kind, status, start in (("500", 500, b"{"), ("500-plain", 500, b"F"),
                                    ("503", 503, b"<"), ("429", 429, b"T"),
                                    ("502-html", 502, b"<"), ("401", 401, b"{")):
            with self.subTest(kind=kind):
                self.api.login()
                self.fault(kind=kind, count=1)
                answer = self.raw()
                self.assertEqual((answer[0], answer[1][:1]), (status, start))

    def test_an_expired_token_stays_so_until_the_next_login(self):
        self.fault(kind="401", count=1)

        self.assertEqual([self.raw()[0] for _ in range(2)], [401, 401])
        self.api.login()
        self.assertEqual(self.raw()[0], 200)

    def test_a_connection_drops_before_or_after_the_effect(self):
        for kind, made in (("drop-before", 0), ("drop-after", 1)):
            for reset in (False, True):
                with self.subTest(kind=kind, reset=reset):
                    name = "%s %s" % (kind, reset)
                    self.fault(kind=kind, endpoint="queues.create", reset=reset)
                    with self.assertRaises((http.client.HTTPException, ConnectionError)):
                        self.raw("queues.create", name=name)
                    found = self.call("queues.get_all", name="^%s$" % name)["queues"]
                    self.assertEqual(len(found), made)

    def test_bodies_are_spoilt(self):
        task = self.create()
        self.api.batch([self.scalar(task, 1.5, 3)])

        self.fault(kind="truncated")
        with self.assertRaises(ValueError):
            json.loads(self.raw()[1])
        self.fault(kind="truncated", cut=True)
        with self.assertRaises(http.client.IncompleteRead):
            self.raw()
        self.fault(kind="huge", bytes=1000000)
        self.assertEqual(self.raw()[1], b" " * 1000000)
        self.fault(kind="nan", fields="value")
        text = self.raw(id=[task])[1].decode()
        self.assertRegex(text, r'"value": (NaN|-?Infinity)')
        self.assertRegex(text, r'"last_iteration": 3')

    def test_rows_are_shuffled_always_alike(self):
        ids = [self.create() for _ in range(20)]
        seen = []
        for _ in range(2):
            self.fault(kind="reorder")
            rows = json.loads(self.raw(id=ids)[1])["data"]["tasks"]
            seen.append([r["id"] for r in rows])

        self.assertEqual(seen[0], seen[1])
        self.assertNotEqual(seen[0], ids)
        self.assertEqual(sorted(seen[0]), sorted(ids))

    def test_short_pages_of_a_scroll_lose_nothing(self):
        task = self.create()
        self.api.batch([self.scalar(task, i, i) for i in range(50)])
        self.fault(kind="short-page")
        seen, scroll = [], None
        while True:
            page = self.call("events.get_task_events", task=task, batch_size=20, scroll_id=scroll)
            scroll = page["scroll_id"]
            if not page["events"]:
                break
            seen.append(len(page["events"]))

        self.assertEqual((seen[0], sum(seen)), (10, 50))

    def test_a_race_changes_the_status_first(self):
        task = self.in_status("in_progress")
        self.fault(kind="121", status="completed", count=1)

        self.refused(400, 121, "tasks.stopped", task=task)

        self.assertEqual(self.task(task)["status"], "completed")

    def test_somebody_else_acts_just_before_a_call(self):
        base = self.create()
        child = self.call("tasks.clone", task=base)["id"]
        self.call("tasks.started", task=child)
        poll = {"id": [child], "only_fields": ["status"]}
        seen = []
        for action, task in (("dequeue", "$in_progress"), ("publish", child), ("reset", "$body"),
                             ("delete", "$child"), ("delete", "$child")):
            self.fault(kind="act", endpoint="tasks.get_all", count=1,
                       act={"action": action, "task": task})
            seen.append([t["status"] for t in self.call("tasks.get_all", **poll)["tasks"]])

        self.assertEqual(seen, [["created"], ["published"], ["created"], [], []])

    def test_slow_answers_come_late(self):
        self.fault(kind="slow", seconds=0.3, count=1)
        started = time.monotonic()

        self.assertEqual(self.raw()[0], 200)

        self.assertGreaterEqual(time.monotonic() - started, 0.3)

    def test_a_rule_can_be_for_one_client_or_body(self):
        self.fault(kind="500", client="^.*other", body="needle")
        other = self.standin.client("other")

        other.call("tasks.get_all")
        self.call("tasks.get_all", name="needle")

        with self.assertRaises(CallFailed):
            other.call("tasks.get_all", name="needle")

    def test_requests_are_logged_without_secrets(self):
        self.api.test("DELETE", "log")
        self.fault(kind="500", endpoint="queues.get_all")
        self.raw("queues.get_all")
        self.raw("tasks.get_all")

        log = self.api.test("GET", "log")
        counts = self.api.test("GET", "counts")

        self.assertEqual([(e["endpoint"], e["status"], e["fault"]) for e in log],
                         [("queues.get_all", 500, "500"), ("tasks.get_all", 200, None)])
        self.assertEqual(counts, {"queues.get_all": 1, "tasks.get_all": 1})
        text = json.dumps(log)
        self.assertNotIn(self.api._token, text)
        self.assertNotIn("hpo-test-secret", text)


if __name__ == "__main__":
    unittest.main()
