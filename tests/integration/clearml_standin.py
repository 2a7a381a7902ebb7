"""The stand-in for a ClearML server keeps to the contract of the real one: the wire and queries."""
import base64
import gzip
import json
import os
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support", "clearml"))

from client import Client  # noqa: E402
from standin_case import LOSS, VALIDATION, Case, param, params  # noqa: E402


class Wire(Case):
    def post(self, path, body=b"{}", kind="application/json", token=True, **headers):
        if token:
            headers["Authorization"] = "Bearer " + self.api.login()
        if kind:
            headers["Content-Type"] = kind
        status, answered, text = self.api.raw("POST", path, body, headers)
        return status, answered, text

    def codes(self, *args, **kwargs):
        status, _, text = self.post(*args, **kwargs)
        meta = json.loads(text)["meta"]
        self.assertEqual(meta["result_code"], status)
        return status, meta["result_subcode"]

    def test_a_token_tells_its_end_and_the_api_version(self):
        token = self.api.login()

        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))

        self.assertEqual(claims["api_version"], "2.31")
        self.assertAlmostEqual(claims["exp"] - claims["iat"], 2592000, delta=2)
        self.assertNotIn("=", token)

    def test_bad_credentials_have_codes_of_their_own(self):
        for header, subcode in (("", 20), ("Digest x", 10), ("Basic !!", 21), ("Bearer a.b.c", 30),
                                ("Basic " + base64.b64encode(b"a:b").decode(), 22)):
            with self.subTest(header=header):
                headers = {"Authorization": header} if header else {}
                self.assertEqual(self.codes("/auth.login", token=False, **headers), (401, subcode))

    def test_a_token_can_get_the_next_token_but_not_for_more_than_a_year(self):
        self.assertEqual(self.codes("/auth.login"), (200, 0))
        self.assertEqual(self.codes("/auth.login", b'{"expiration_sec":31536001}'), (400, 12))

    def test_paths_may_have_a_version_of_two_numbers(self):
        for path, expected in (("/v2.13/tasks.get_all", 200), ("/tasks.get_all/", 200),
                               ("/2.13/tasks.get_all", 200), ("/v2/tasks.get_all", 400),
                               ("/v2.13.0/tasks.get_all", 400), ("/x/tasks.get_all", 400),
                               ("/v2.13/tasks.nothing", 404), ("/v2.4/tasks.clone", 404)):
            with self.subTest(path=path):
                self.assertEqual(self.codes(path)[0], expected)

    def test_a_form_is_not_read_as_json(self):
        body = json.dumps({"task": self.create()}).encode()

        form = self.codes("/tasks.get_by_id", body, "application/x-www-form-urlencoded")
        plain = self.codes("/tasks.get_by_id", body, "text/plain")

        self.assertEqual((form, plain), ((400, 12), (200, 0)))

    def test_a_batch_needs_exactly_its_type(self):
        line = json.dumps({"type": "log", "task": self.create(), "msg": "hello"}).encode()
        for kind, body, expected in (
                ("application/json-lines", line + b"\n", (200, 0)),
                ("application/json-lines; charset=utf-8", line, (400, 17)),
                ("application/json", line, (400, 17)), ("application/json-lines", b"", (400, 17)),
                ("application/json-lines", line + b"\n\n" + line, (400, 0))):
            with self.subTest(kind=kind, body=body):
                self.assertEqual(self.codes("/events.add_batch", body, kind), expected)

    def test_an_empty_body_is_an_empty_object_and_an_array_is_none(self):
        self.assertEqual(self.codes("/queues.get_default", b""), (200, 0))
        self.assertEqual(self.codes("/queues.get_default", b"[]"), (400, 0))

    def test_the_query_string_overrides_the_body(self):
        ids = [self.create(), self.create()]

        _, _, text = self.post("/tasks.get_all?id[]=%s&page_size=1&only_fields[]=id" % ids[1],
                               json.dumps({"id": ids}).encode())

        self.assertIn(ids[1], text.decode())

    def test_compressed_requests_are_refused_and_answers_compressed_only_if_asked(self):
        self.create(comment="x" * 2000)

        refused = self.post("/tasks.get_all", **{"Content-Encoding": "gzip"})
        plain = self.post("/tasks.get_all")
        packed = self.post("/tasks.get_all", **{"Accept-Encoding": "gzip"})

        self.assertEqual(refused[0], 415)
        self.assertFalse(refused[2].startswith(b"{"))
        self.assertIsNone(plain[1]["Content-Encoding"])
        self.assertEqual(packed[1]["Content-Encoding"], "gzip")
        self.assertEqual(json.loads(gzip.decompress(packed[2]))["data"],
                         json.loads(plain[2])["data"])

    def test_the_envelope_echoes_the_transaction_and_the_version(self):
        _, _, text = self.post("/v2.13/tasks.get_all", **{"X-ClearML-Trx": "t1"})

        meta = json.loads(text)["meta"]

        self.assertEqual(meta["trx"], "t1")
        self.assertEqual(meta["endpoint"]["requested_version"], "2.13")
        self.assertEqual(meta["endpoint"]["name"], "tasks.get_all")

    def test_the_api_is_also_behind_the_web_server(self):
        web = Client(self.standin.urls["web"])
        self.addCleanup(web.close)

        status, _, _ = web.raw("GET", "/projects/a/experiments/b/output/log")
        answer = web.raw("POST", "/api/auth.login", b"{}", {"Authorization": "Bearer x"})

        self.assertEqual((status, answer[0]), (200, 401))


class Tokens(Case):
    options = ("--token-seconds", "2")

    def test_a_token_ends_when_it_says(self):
        self.api.login()
        old = {"Authorization": "Bearer " + self.api._token, "Content-Type": "application/json"}
        time.sleep(3.1)

        status, _, text = self.api.raw("POST", "/tasks.get_all", b"{}", old)

        self.assertEqual((status, json.loads(text)["meta"]["result_subcode"]), (401, 30))
        self.assertIn("tasks", self.call("tasks.get_all"))


class OldServer(Case):
    options = ("--api-version", "2.9")

    def test_an_old_server_knows_neither_new_calls_nor_new_fields(self):
        task = self.create()

        self.refused(404, 0, "tasks.archive_many", ids=[task])
        self.call("tasks.enqueue", task=task, queue_name="new one")

        queues = self.call("queues.get_all")["queues"]
        self.assertEqual([q["name"] for q in queues], ["default"])
        self.assertEqual(len(queues[0]["entries"]), 1)


class Queries(Case):
    def test_no_page_has_more_than_500_rows(self):
        parent = self.create("the parent")
        for i in range(510):
            self.create("row %03d" % i, parent=parent)

        def rows(**paging):
            found = self.call("tasks.get_all", parent=[parent], only_fields=["name"],
                              order_by=["name"], **paging)["tasks"]
            return [r["name"] for r in found]

        self.assertEqual(len(rows()), 500)
        self.assertEqual(len(rows(page=0, page_size=1000)), 500)
        self.assertEqual(len(rows(page=1)), 10)
        self.assertEqual(rows(page=50, page_size=10), rows(page=1))
        self.refused(400, 12, "tasks.get_all", page=0, page_size=0)

    def test_a_scroll_goes_through_all_rows(self):
        parent = self.create("the parent")
        ids = {self.create(parent=parent) for _ in range(5)}
        seen, scroll = [], None
        for _ in range(4):
            page = self.call("tasks.get_all", parent=parent, size=2, scroll_id=scroll)
            scroll = page["scroll_id"]
            seen.append([t["id"] for t in page["tasks"]])

        self.assertEqual([len(p) for p in seen], [2, 2, 1, 0])
        self.assertEqual(set(sum(seen, [])), ids)
        self.refused(400, 1104, "tasks.get_all", scroll_id="nothing")

    def test_names_are_searched_as_regular_expressions(self):
        for name in ("queue.a", "queue-a", "a queue.a b", "Queue.a"):
            self.call("queues.create", name=name)

        def names(pattern):
            return [q["name"] for q in self.call("queues.get_all", name=pattern)["queues"]]

        self.assertEqual(names("queue.a"), ["queue.a", "queue-a", "a queue.a b"])
        self.assertEqual(names(r"^queue\.a$"), ["queue.a"])
        self.refused(400, 21, "queues.get_all", name="a(b")

    def test_only_the_asked_fields_come_and_unknown_ones_are_refused(self):
        task = self.create(hyperparams={"General": {"a.b/c": param("General", "a.b/c", "1")}})
        self.api.batch([self.scalar(task, 1.5, 1), self.scalar(task, 2, 1, variant="other")])
        path = "last_metrics.%s.%s.value" % (VALIDATION, LOSS)

        def row(*fields):
            return self.call("tasks.get_all", id=[task], only_fields=fields)["tasks"][0]

        self.assertEqual(row("id", "status"), {"id": task, "status": "created"})
        self.assertEqual(row(path), {"last_metrics": {VALIDATION: {LOSS: {"value": 1.5}}}})
        self.assertEqual(row("hyperparams.General.a.b/c.value"),
                         {"hyperparams": {"General": {"a.b/c": {"value": "1"}}}})
        self.assertEqual(row("started"), {})
        self.refused(400, 14, "tasks.get_all_ex", only_fields=["nonsense"])

    def test_references_are_objects_in_get_all_ex_only(self):
        project = self.call("projects.create", name="some project")["id"]
        task = self.create(project=project)

        plain = self.call("tasks.get_all", id=[task])["tasks"][0]
        joined = self.call("tasks.get_all_ex", id=[task],
                           only_fields=["id", "project.name"])["tasks"][0]

        self.assertEqual(plain["project"], project)
        self.assertEqual(joined["project"], {"id": project, "name": "some project"})

    def test_lists_exclude_combine_and_find_the_empty(self):
        parent = self.create("the parent")
        one, both, none = (self.create(parent=parent, tags=tags)
                           for tags in (["a"], ["b", "a"], []))

        def found(*tags):
            tasks = self.call("tasks.get_all", parent=parent, tags=tags)["tasks"]
            return [t["id"] for t in tasks]

        self.assertEqual(found("a", "b"), [one, both])
        self.assertEqual(found("__$all", "a", "b"), [both])
        self.assertEqual(found("-b"), [one, none])
        self.assertEqual(found("__$not", "b"), [one, none])
        self.assertEqual(found(None), [none])
        self.assertEqual(self.task(both)["tags"], ["a", "b"])

    def test_metrics_and_parameters_are_ordered_as_numbers(self):
        parent = self.create("the parent")
        for text in ("10", "9", "100"):
            task = self.create(text + " is it", parent=parent, hyperparams=params(n=text))
            self.api.batch([self.scalar(task, float(text), 1)])
        self.create("without", parent=parent)

        def order(*by):
            tasks = self.call("tasks.get_all", parent=parent, order_by=by)["tasks"]
            return [t["name"].split()[0] for t in tasks]

        up, down = ["9", "10", "100", "without"], ["100", "10", "9", "without"]
        self.assertEqual(order("last_metrics.%s.%s.value" % (VALIDATION, LOSS)), up)
        self.assertEqual(order("-last_metrics.%s.%s.max_value" % (VALIDATION, LOSS)), down)
        self.assertEqual(order("-hyperparams.General.n.value"), down)

    def test_ranges_dates_and_hidden_ones_are_filtered(self):
        parent = self.create("the parent")
        old = self.create(parent=parent)
        self.act("set", task=old, fields={"last_iteration": 5,
                                          "last_update": "2020-01-01T00:00:00+00:00"})
        self.create(parent=parent, system_tags=["hidden"])

        def count(**filters):
            return len(self.call("tasks.get_all", parent=parent, **filters)["tasks"])

        self.assertEqual(count(), 1)
        self.assertEqual(count(search_hidden=True), 2)
        self.assertEqual((count(last_iteration=[5, None]), count(last_iteration=[6, None])), (1, 0))
        self.assertEqual((count(last_update=["<2021-01-01T00:00:00"]),
                          count(last_update=[">=2021-01-01T00:00:00"])), (1, 0))


class Files(Case):
    def test_files_are_kept_under_the_names_of_their_fields(self):
        files, token = Client(self.standin.urls["files"]), "Bearer " + self.api.login()
        self.addCleanup(files.close)
        body = (b'--B\r\nContent-Disposition: form-data; name="HPO/a b.1/x.json"; '
                b'filename="x.json"\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n--B--\r\n')
        kind = {"Content-Type": "multipart/form-data; boundary=B"}
        own = {"Authorization": token}

        stored = files.raw("POST", "/", body, dict(kind, **own))
        read = files.raw("GET", "/HPO/a%20b.1/x.json", b"", own)
        foreign = files.raw("GET", "/HPO/a%20b.1/x.json")
        deleted = files.raw("DELETE", "/HPO/a%20b.1/x.json", b"", own)
        gone = files.raw("GET", "/HPO/a%20b.1/x.json", b"", own)

        self.assertEqual(json.loads(stored[2]), ["HPO/a b.1/x.json"])
        self.assertEqual((read[1]["Content-Type"], read[2]), ("application/json", b'{"a":1}'))
        self.assertEqual((foreign[0], deleted[0], gone[0]), (401, 200, 404))


if __name__ == "__main__":
    unittest.main()
