"""The stand-in for a ClearML server keeps to the contract of the real one."""
import base64
import gzip
import http.client
import json
import os
import shutil
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support", "clearml"))

from client import CallFailed, Client  # noqa: E402
from launch import Standin  # noqa: E402

VALIDATION = "a617908b172c473cb8e8cda059e55bf0"
LOSS = "81513effdf5790b79549208838404407"
SINGLE = -2147483648
STATUSES = "created queued in_progress stopped closed failed completed publishing published".split()
ALLOWED = {
    "enqueue": "created stopped failed", "started": "created queued in_progress stopped completed",
    "stopped": "queued in_progress stopped closed failed",
    "completed": "in_progress stopped completed", "failed": "in_progress stopped closed failed",
    "close": "stopped closed", "publish": "stopped closed failed completed publishing published",
    "reset": "created queued in_progress stopped closed failed completed",
}


def param(section, name, value, kind="float"):
    return {"section": section, "name": name, "value": value, "type": kind}


def params(**values):
    return {"General": {k: param("General", k, v) for k, v in values.items()}}


class Case(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.standin = Standin(*cls.options)
        cls.addClassCleanup(cls.standin.end)
        cls.api = cls.standin.client()

    def setUp(self):
        self.addCleanup(self.api.test, "DELETE", "faults")

    def call(self, endpoint, **fields):
        return self.api.call(endpoint, fields)

    def act(self, action, **fields):
        return self.api.test("POST", "act", dict(fields, action=action))

    def fault(self, **rule):
        self.api.test("POST", "faults", {"rules": [rule]})

    def refused(self, code, subcode, endpoint, **fields):
        with self.assertRaises(CallFailed) as caught:
            self.call(endpoint, **fields)
        self.assertEqual((caught.exception.code, caught.exception.subcode), (code, subcode),
                         str(caught.exception))

    def create(self, name="a task", **fields):
        return self.call("tasks.create", name=name, type="training", **fields)["id"]

    def task(self, task_id):
        return self.call("tasks.get_by_id", task=task_id)["task"]

    def in_status(self, status, **fields):
        task = self.create(**fields)
        self.act("set_status", task=task, status=status)
        return task

    def scalar(self, task, value, iteration, metric="validation", variant="loss", **more):
        return dict({"type": "training_stats_scalar", "task": task, "metric": metric,
                     "variant": variant, "value": value, "iter": iteration}, **more)

    def wait(self, task, *statuses, seconds=15):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.task(task)["status"] in statuses:
                break
            time.sleep(0.02)
        self.assertIn(self.task(task)["status"], statuses)
        return self.task(task)


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
    options = ("--token-seconds", "1")

    def test_a_token_ends_when_it_says(self):
        self.api.login()
        old = {"Authorization": "Bearer " + self.api._token, "Content-Type": "application/json"}
        time.sleep(1.1)

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


class Tasks(Case):
    def test_every_status_call_keeps_to_the_table_unless_forced(self):
        for name, allowed in ALLOWED.items():
            for status in STATUSES:
                with self.subTest(call=name, status=status):
                    task, endpoint = self.in_status(status), "tasks." + name
                    if status in allowed.split() or (name, status) == ("enqueue", "queued"):
                        self.assertEqual(self.call(endpoint, task=task)["updated"], 1)
                        continue
                    self.refused(400, 110, endpoint, task=task)
                    self.assertEqual(self.call(endpoint, task=task, force=True)["updated"], 1)

    def test_dates_have_a_fraction_or_none(self):
        task = self.create()
        self.assertRegex(self.task(task)["created"],
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}000)?\+00:00$")

        self.act("round_dates", task=task)

        self.assertRegex(self.task(task)["created"], r":\d\d\+00:00$")

    def test_started_is_kept_and_completed_is_set(self):
        task = self.create()
        self.assertNotIn("started", self.task(task))
        first = self.call("tasks.started", task=task)["fields"]["started"]
        self.call("tasks.stopped", task=task, status_reason="why", status_message="what")
        self.call("tasks.started", task=task)

        now = self.task(task)

        self.assertEqual(now["started"], first)
        self.assertIn("completed", now)

    def test_a_clone_inherits_what_it_is_not_given(self):
        base = self.create("the base", comment="c", tags=["t"], hyperparams=params(lr="1", b="2"),
                           system_tags=["development", "archived", "other"])
        self.api.batch([self.scalar(base, 1, 1)])
        self.act("set", task=base, fields={"runtime": {"a": 1}})

        plain = self.task(self.call("tasks.clone", task=base, new_task_tags=[])["id"])
        own = self.task(self.call("tasks.clone", task=base, new_task_name="another",
                                  new_task_hyperparams=params(lr="3"))["id"])
        child = self.task(self.call("tasks.clone", task=own["id"])["id"])

        self.assertEqual((plain["name"], plain["comment"], plain["tags"], plain["status"]),
                         ("the base", "c", ["t"], "created"))
        self.assertEqual((plain["parent"], child["parent"]), (base, base))
        self.assertEqual((plain["last_metrics"], plain["runtime"], plain["system_tags"]),
                         ({}, {}, ["other"]))
        self.assertEqual(set(own["hyperparams"]["General"]), {"lr"})
        self.assertEqual(set(self.task(base)["hyperparams"]["General"]), {"lr", "b"})

    def test_a_clone_is_refused_what_does_not_exist(self):
        base = self.create()

        self.refused(400, 101, "tasks.clone", task="0" * 32)
        self.refused(400, 101, "tasks.clone", task=base, new_task_parent="0" * 32)
        self.refused(400, 401, "tasks.clone", task=base, new_task_project="0" * 32)
        self.refused(400, 800, "tasks.clone", task=base, new_task_name="ab")
        self.refused(400, 12, "tasks.clone")

    def test_a_clone_can_make_its_project(self):
        made = self.call("tasks.clone", task=self.create(), new_project_name="HPO/ run //x")

        names = [p["name"] for p in self.call("projects.get_all", name="^HPO")["projects"]]

        self.assertEqual(made["new_project"]["name"], "HPO/run/x")
        self.assertEqual(sorted(names), ["HPO", "HPO/run", "HPO/run/x"])

    def test_parameters_are_text_only(self):
        task = self.create()
        for value in (1, 0.5, None, True, ["a"]):
            with self.subTest(value=value):
                bad = params(lr=value)
                self.refused(400, 800, "tasks.create", name="bad", type="training",
                             hyperparams=bad)
                self.refused(400, 800, "tasks.clone", task=task, new_task_hyperparams=bad)
                self.refused(400, 800, "tasks.edit", task=task, hyperparams=bad)
                self.refused(400, 800, "tasks.edit_hyper_params", task=task,
                             hyperparams=[bad["General"]["lr"]])
        self.refused(400, 800, "tasks.edit", task=task, hyperparams={"General": {"lr": {
            "value": "1"}}})

    def test_edit_replaces_whole_fields_and_merges_embedded_ones(self):
        task = self.create(hyperparams=params(a="1", b="2"), script={"binary": "sh"})

        self.call("tasks.edit", task=task, hyperparams=params(a="3"), tags=[], comment=None,
                  script={"entry_point": "x.sh"})

        now = self.task(task)
        self.assertEqual(set(now["hyperparams"]["General"]), {"a"})
        self.assertEqual((now["script"]["binary"], now["script"]["entry_point"]), ("sh", "x.sh"))
        self.call("tasks.started", task=task)
        self.refused(400, 110, "tasks.edit", task=task, comment="x")
        self.call("tasks.edit", task=task, comment="x", force=True)
        self.assertEqual(self.task(task)["comment"], "x")

    def test_edit_hyper_params_merges_or_replaces(self):
        task = self.create(hyperparams=dict(params(a="1", b="2"), Args={
            "c": param("Args", "c", "3")}))

        def edit(mode, task=task, **more):
            self.call("tasks.edit_hyper_params", task=task, replace_hyperparams=mode,
                      hyperparams=[{"section": "General", "name": "a", "value": "9"}], **more)
            now = self.task(task)["hyperparams"]
            return sorted("%s/%s" % (s, n) for s, items in now.items() for n in items)

        self.assertEqual(edit("none"), ["Args/c", "General/a", "General/b"])
        self.assertEqual(self.task(task)["hyperparams"]["General"]["a"],
                         {"section": "General", "name": "a", "value": "9"})
        self.assertEqual(edit("section"), ["Args/c", "General/a"])
        self.assertEqual(edit("all"), ["General/a"])
        self.refused(400, 12, "tasks.edit_hyper_params", task=task, hyperparams=[])

    def test_parameters_of_a_running_task_change_by_force_and_properties_always(self):
        task = self.in_status("in_progress")
        edit = {"task": task, "hyperparams": [param("General", "a", "1")]}
        properties = [param("properties", "note", "x", "str")]

        self.refused(400, 110, "tasks.edit_hyper_params", **edit)
        self.call("tasks.edit_hyper_params", force=True, **edit)
        self.act("set_status", task=task, status="completed")
        self.refused(400, 110, "tasks.edit_hyper_params", force=True, **edit)
        self.call("tasks.edit_hyper_params", task=task, hyperparams=properties)

        self.assertIn("properties", self.task(task)["hyperparams"])

    def test_the_flat_parameters_of_old_become_legacy_arguments(self):
        task = self.create(execution={"parameters": {"lr": "0.1"}})

        self.assertEqual(self.task(task)["hyperparams"]["Args"]["lr"]["type"], "legacy")

    def test_configuration_objects_are_text(self):
        task = self.create(configuration={"space": {"name": "space", "value": "{}"}})

        self.call("tasks.edit_configuration", task=task,
                  configuration=[{"name": "more", "value": "x", "type": "dictionary"}])

        self.assertEqual(sorted(self.task(task)["configuration"]), ["more", "space"])
        self.refused(400, 800, "tasks.edit", task=task, configuration={"a": {"value": {}}})

    def test_stop_is_polite_only_where_a_worker_is_alive(self):
        alone, served = self.in_status("in_progress"), self.in_status("in_progress")
        self.call("workers.status_report", worker="w:0", task=served, timestamp=1)

        self.call("tasks.stop", task=alone)
        self.call("tasks.stop", task=served)

        self.assertEqual(self.task(alone)["status"], "stopped")
        self.assertEqual((self.task(served)["status"], self.task(served)["status_message"]),
                         ("in_progress", "stopping"))
        self.assertEqual(self.task(served)["last_worker"], "w:0")
        self.refused(400, 110, "tasks.stop", task=self.in_status("completed"))

    def test_only_drafts_and_archived_ones_are_deleted_without_force(self):
        draft, ended = self.create(), self.in_status("completed")
        child = self.create(parent=ended)

        self.call("tasks.delete", task=draft)
        self.refused(400, 123, "tasks.delete", task=ended)
        self.call("tasks.archive_many", ids=[ended])
        self.call("tasks.delete", task=ended)

        self.refused(400, 101, "tasks.get_by_id", task=draft)
        self.assertEqual(self.task(child)["parent"], "__DELETED__" + ended)
        self.assertEqual(self.call("tasks.get_all", id=[draft, child])["tasks"][0]["id"], child)

    def test_archiving_ends_what_runs_and_waits(self):
        running, queued = self.in_status("in_progress"), self.create()
        self.call("tasks.enqueue", task=queued)

        done = self.call("tasks.archive_many", ids=[running, "0" * 32, queued])

        self.assertEqual([t["id"] for t in done["succeeded"]], [running, queued])
        self.assertEqual(done["failed"][0]["error"]["codes"], [400, 101])
        self.assertEqual((self.task(running)["status"], self.task(queued)["status"]),
                         ("stopped", "created"))
        self.call("tasks.unarchive_many", ids=[running])
        self.assertEqual(self.task(running)["system_tags"], [])

    def test_reset_wipes_results_and_keeps_parameters(self):
        task = self.in_status("in_progress", hyperparams=params(a="1"), tags=["t"])
        self.api.batch([self.scalar(task, 1, 7)])
        self.call("tasks.add_or_update_artifacts", task=task,
                  artifacts=[{"key": "k", "type": "dict"}])

        self.call("tasks.reset", task=task)

        now = self.task(task)
        self.assertEqual((now["status"], now["last_metrics"], now["last_iteration"], now["tags"]),
                         ("created", {}, 0, ["t"]))
        self.assertEqual(now["execution"]["artifacts"], [])
        self.assertIn("a", now["hyperparams"]["General"])
        self.assertEqual(self.call("events.scalar_metrics_iter_histogram", task=task), {})

    def test_artifacts_come_before_the_end(self):
        task, item = self.in_status("in_progress"), {"key": "summary", "type": "dict", "uri": "a"}

        self.call("tasks.add_or_update_artifacts", task=task, artifacts=[item])
        self.call("tasks.add_or_update_artifacts", task=task, artifacts=[dict(item, uri="b")])
        self.call("tasks.completed", task=task)

        kept = self.task(task)["execution"]["artifacts"]
        self.assertEqual([(a["key"], a["mode"], a["uri"]) for a in kept],
                         [("summary", "output", "b")])
        self.refused(400, 110, "tasks.add_or_update_artifacts", task=task, artifacts=[item],
                     force=True)

    def test_what_is_public_can_only_be_read(self):
        task = self.create()
        self.act("make_public", task=task)

        self.assertEqual(self.task(task)["company"], "")
        self.refused(403, 21, "tasks.edit", task=task, comment="x")

    def test_the_watchdog_stops_the_silent(self):
        silent, alive = self.in_status("in_progress"), self.in_status("in_progress")
        self.act("set_last_update", task=silent, seconds_ago=8000)
        self.act("set_last_update", task=alive, seconds_ago=8000)
        self.call("tasks.ping", task=alive)

        stopped = self.act("watchdog")["stopped"]

        self.assertEqual(stopped, [silent])
        self.assertEqual(self.task(silent)["status_message"], "Forced stop (non-responsive)")


class QueuesAndProjects(Case):
    def queue(self, name):
        return self.call("queues.create", name=name)["id"]

    def entries(self, queue):
        return [e["task"] for e in self.call("queues.get_by_id", queue=queue)["queue"]["entries"]]

    def test_queues_and_projects_have_unique_names(self):
        self.queue("only one")
        self.call("projects.create", name="A project/part")

        self.refused(400, 801, "queues.create", name="only one")
        self.refused(400, 801, "projects.create", name="A project / part")
        self.refused(400, 11, "projects.create")
        self.refused(400, 409, "projects.create", name="/".join("abcdefghijk"))

    def test_a_queue_is_known_by_its_id_not_its_name(self):
        self.refused(400, 701, "queues.get_by_id", queue="default")
        task = self.create()
        self.refused(400, 701, "tasks.enqueue", task=task, queue="default")
        self.assertEqual(self.task(task)["status"], "created")

    def test_a_task_is_in_one_queue_once(self):
        first, second, task = self.queue("first"), self.queue("second"), self.create()

        self.call("tasks.enqueue", task=task, queue=first)
        self.refused(400, 706, "tasks.enqueue", task=task, queue=first)
        self.call("tasks.enqueue", task=task, queue=second)

        self.assertEqual((self.entries(first), self.entries(second)), ([], [task]))
        self.assertEqual(self.task(task)["execution"]["queue"], second)

    def test_enqueueing_by_name_makes_the_queue(self):
        task = self.create()
        self.refused(400, 12, "tasks.enqueue", task=task, queue="a", queue_name="b")

        self.call("tasks.enqueue", task=task, queue_name="brand new")

        found = self.call("queues.get_all", name="^brand new$")["queues"]
        self.assertEqual([e["task"] for e in found[0]["entries"]], [task])

    def test_dequeueing_goes_back_to_what_was_before(self):
        draft, stopped, ended = self.create(), self.in_status("stopped"), \
            self.in_status("completed")
        for task in (draft, stopped):
            self.call("tasks.enqueue", task=task)
            self.call("tasks.dequeue", task=task)

        self.assertEqual(self.call("tasks.dequeue", task=ended)["updated"], 0)
        self.assertEqual([self.task(t)["status"] for t in (draft, stopped, ended)],
                         ["created", "stopped", "completed"])

    def test_taking_the_next_task_leaves_its_status(self):
        queue, task = self.queue("to be popped"), self.create()
        self.call("tasks.enqueue", task=task, queue=queue)

        entry = self.call("queues.get_next_task", queue=queue)["entry"]

        self.assertEqual((entry["task"], self.task(task)["status"]), (task, "queued"))
        self.assertEqual(self.call("queues.get_next_task", queue=queue), {})
        self.refused(400, 703, "queues.remove_task", queue=queue, task=task)

    def test_entries_move_within_a_queue(self):
        queue, tasks = self.queue("to be sorted"), [self.create() for _ in range(3)]
        for task in tasks:
            self.call("tasks.enqueue", task=task, queue=queue)

        self.call("queues.move_task_to_front", queue=queue, task=tasks[2])
        self.call("queues.move_task_backward", queue=queue, task=tasks[2], count=1)

        self.assertEqual(self.entries(queue), [tasks[0], tasks[2], tasks[1]])
        self.assertEqual(self.call("queues.get_num_entries", queue=queue)["num"], 3)

    def test_workers_show_their_queue_and_task(self):
        queue, task = self.queue("served"), self.in_status("in_progress")
        self.refused(400, 701, "workers.register", worker="w:1", queues=["nothing"])
        self.call("workers.register", worker="w:1", queues=[queue])
        self.call("workers.status_report", worker="w:1", task=task, queue=queue, timestamp=1)

        worker = self.call("workers.get_all")["workers"][0]

        self.assertEqual((worker["id"], worker["task"]["id"], worker["queue"]["id"],
                          worker["queues"][0]["name"]), ("w:1", task, queue, "served"))


class Events(Case):
    def item(self, task):
        return self.task(task)["last_metrics"][VALIDATION][LOSS]

    def curve(self, task, **fields):
        data = self.call("events.scalar_metrics_iter_histogram", task=task, **fields)
        return data.get("validation", {}).get("loss")

    def test_the_newest_point_of_a_batch_overwrites_the_value(self):
        task = self.create()

        self.api.batch([self.scalar(task, 5.0, 10), self.scalar(task, 1.0, 9)])
        first = self.item(task)
        self.api.batch([self.scalar(task, 9.0, 2), self.scalar(task, 3.0, 3)])
        second = self.item(task)

        self.assertEqual([first[k] for k in ("value", "min_value", "min_value_iteration",
                                             "max_value", "count")], [5.0, 1.0, 9, 5.0, 2])
        self.assertEqual([second[k] for k in (
            "value", "min_value", "max_value", "max_value_iteration", "first_value", "count",
            "mean_value")], [3.0, 1.0, 9.0, 2, 9.0, 4, 4.5])
        self.assertEqual(self.task(task)["last_iteration"], 10)

    def test_the_same_iteration_is_overwritten_in_the_curve_only(self):
        task = self.create()

        self.api.batch([self.scalar(task, 1.0, 4)])
        self.api.batch([self.scalar(task, 2.0, 4)])

        self.assertEqual((self.curve(task)["x"], self.curve(task)["y"]), ([4], [2.0]))
        self.assertEqual(self.item(task)["count"], 2)

    def test_single_values_are_no_part_of_curves(self):
        task = self.create()

        self.api.batch([self.scalar(task, 7.5, SINGLE), self.scalar(task, 1.0, SINGLE, "Summary",
                                                                    "best")])

        self.assertIsNone(self.curve(task))
        self.assertEqual((self.item(task)["value"], self.task(task)["last_iteration"]), (7.5, 0))
        values = self.call("events.get_task_single_value_metrics", tasks=[task])["tasks"][0]
        self.assertEqual(sorted(v["value"] for v in values["values"]), [1.0, 7.5])

    def test_curves_are_32_bit_and_averaged_to_the_samples(self):
        task = self.create()
        self.api.batch([self.scalar(task, 0.1 * (i + 1), i) for i in range(100)])

        whole, short = self.curve(task), self.curve(task, samples=10)

        self.assertNotEqual(whole["y"][0], 0.1)
        self.assertAlmostEqual(whole["y"][0], 0.1, places=7)
        self.assertEqual(short["x"], list(range(0, 100, 10)))
        self.assertAlmostEqual(short["y"][-1], 9.55, places=5)
        self.refused(400, 12, "events.scalar_metrics_iter_histogram", task=task, samples=0)

    def test_a_curve_can_be_asked_for_by_name(self):
        task = self.create()
        self.api.batch([self.scalar(task, 1.0, 1, m, v) for m in "ab" for v in "xy"])

        data = self.call("events.scalar_metrics_iter_histogram", task=task,
                         metrics=[{"metric": "a", "variants": ["y"]}])
        both = self.call("events.multi_task_scalar_metrics_iter_histogram", tasks=[task],
                         metrics=[{"metric": "b", "variants": []}])["metrics"]

        self.assertEqual({k: list(v) for k, v in data.items()}, {"a": ["y"]})
        self.assertEqual(both["b"]["x"][task]["y"], [1.0])

    def test_monitored_machines_do_not_count_as_iterations(self):
        task = self.create()

        self.api.batch([self.scalar(task, 1.0, 900, ":monitor:machine", "cpu"),
                        self.scalar(task, 1.0, 3)])

        self.assertEqual(self.task(task)["last_iteration"], 3)

    def test_a_batch_can_succeed_in_part_but_not_fail_as_a_whole(self):
        task, published = self.create(), self.in_status("published")

        done = self.api.batch([self.scalar(task, 1.0, 1), self.scalar(published, 1.0, 1),
                               {"type": "log", "task": "0" * 32, "msg": "x"}])

        self.assertEqual((done["added"], done["errors"]), (1, 2))
        self.assertEqual(sum(done["errors_info"].values()), 2)
        self.refused(400, 131, "events.add", **self.scalar(published, 1.0, 1))
        self.call("events.add", allow_locked=True, **self.scalar(published, 1.0, 1))

    def test_plots_and_logs_are_read_back(self):
        task = self.create()
        plot = {"type": "plot", "task": task, "metric": "summary", "variant": "job", "iter": 0}
        for n in range(3):
            self.api.batch([dict(plot, plot_str=json.dumps({"n": n})),
                            {"type": "log", "task": task, "msg": "line %d" % n, "timestamp": n}])

        plots = self.call("events.get_task_plots", task=task)["plots"]
        log = self.call("events.get_task_log", task=task, order="asc")["events"]

        self.assertEqual([json.loads(p["plot_str"]) for p in plots], [{"n": 2}])
        self.assertEqual([e["msg"] for e in log], ["line 0", "line 1", "line 2"])

    def test_debug_images_come_by_iteration_and_end(self):
        task = self.create()
        for i in range(3):
            self.api.batch([{"type": "training_debug_image", "task": task, "metric": "m",
                             "variant": "v", "iter": i, "key": "k", "url": "u%d" % i}])
        asked = [{"task": task, "metric": "m"}]

        first = self.call("events.debug_images", metrics=asked, iters=2)
        rest = self.call("events.debug_images", metrics=asked, iters=2,
                         scroll_id=first["scroll_id"])

        shown = first["metrics"][0]["iterations"]
        self.assertEqual([(i["iter"], i["events"][0]["url"]) for i in shown],
                         [(2, "u2"), (1, "u1")])
        self.assertFalse([i for m in rest["metrics"] for i in m["iterations"]])

    def test_at_most_2000_metrics_are_kept_in_the_task(self):
        task = self.create()

        self.api.batch([self.scalar(task, 1.0, 1, "m%d" % (i % 50), "v%d" % i)
                        for i in range(2100)])

        kept = sum(len(v) for v in self.task(task)["last_metrics"].values())
        self.assertEqual(kept, 2000)

    def test_the_id_of_an_event_is_that_of_the_real_server(self):
        task = "0f3b1c7e9d4a4f0e8a2c5b6d7e8f9a01"
        self.act("set", task=self.create(), fields={})
        import eventstore

        found = eventstore.event_id(self.scalar(task, 0.41, 3))

        self.assertEqual(found, "aa6b216fe2f7ce966201912467758947")


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


class Faults(Case):
    def raw(self, endpoint="tasks.get_all", **body):
        headers = {"Authorization": "Bearer " + self.api._token,
                   "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(self.standin.url.split("/")[2], timeout=10)
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


class Agents(Case):
    OBJECTIVE = ('def f(p):\n    for i in range(p["General/n"]):\n'
                 '        yield i, {"validation/loss": p["General/x"] / (i + 1)}, 0.02\n'
                 '    if p["General/x"] > 9: raise SystemExit(3)\n')

    def setUp(self):
        super().setUp()
        self.dir = tempfile.mkdtemp(prefix="hpo-standin-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def agent(self, *options):
        agent = self.standin.agent("--period", "0.05", "--watch-period", "0.05", *options)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.terminate)

    def enqueue(self, text=None, n="3", x="1.0", queue="default"):
        script = {"binary": "/bin/sh", "entry_point": "run.sh", "diff": text} if text else {}
        task = self.create(script=script, hyperparams={"General": {
            "n": param("General", "n", n, "int"), "x": param("General", "x", x)}})
        self.call("tasks.enqueue", task=task, queue_name=queue)
        return task

    def objective(self, queue):
        path = os.path.join(self.dir, "objective.py")
        with open(path, "w") as f:
            f.write(self.OBJECTIVE)
        self.agent("--objective", path, "--queue", queue)

    def test_scripts_run_and_their_status_tells_the_end(self):
        good = self.enqueue("echo hello from $CLEARML_TASK_ID\n", queue="scripts")
        bad = self.enqueue("exit 3\n", queue="scripts")

        self.agent("--queue", "scripts")

        self.assertEqual(self.wait(good, "completed")["status_reason"], "worker execution done")
        self.assertEqual(self.wait(bad, "failed")["status_reason"],
                         "worker execution exit code 3")
        log = self.call("events.get_task_log", task=good)["events"]
        self.assertIn("hello from " + good, [e["msg"] for e in log])
        self.assertTrue(self.task(good)["last_worker"].endswith(":0"))

    def test_a_stopped_script_is_ended_with_its_children(self):
        path = os.path.join(self.dir, "pid")
        text = "sleep 600 & echo $! >%s; wait\n" % path
        asked, set_so = (self.enqueue(text.replace("pid", "pid%d" % n), queue="stops")
                         for n in (1, 2))
        self.agent("--queue", "stops")
        for n in (1, 2):
            self.pid(path + str(n))

        self.call("tasks.stop", task=asked)
        self.call("tasks.stopped", task=set_so, status_message="enough")

        self.wait(asked, "stopped")
        self.assertEqual(self.wait(set_so, "stopped")["status_message"], "enough")
        for n in (1, 2):
            self.assertTrue(self.gone(self.pid(path + str(n))))

    def pid(self, path):
        """The number that a script writes to a file, once it is there."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                with open(path) as f:
                    return int(f.read())
            except (OSError, ValueError):
                time.sleep(0.02)
        self.fail("no number in %s" % path)

    def gone(self, pid):
        end = time.monotonic() + 5
        while time.monotonic() < end:
            try:
                with open("/proc/%d/stat" % pid) as f:
                    if f.read().rsplit(")", 1)[1].split()[0] == "Z":
                        return True
            except OSError:
                return True
            time.sleep(0.02)
        return False

    def test_an_objective_reports_as_a_task_does(self):
        good, bad = self.enqueue(x="6.0", queue="objectives"), self.enqueue(x="9.5",
                                                                           queue="objectives")

        self.objective("objectives")

        done = self.wait(good, "completed")
        self.assertEqual(done["last_metrics"][VALIDATION][LOSS]["value"], 2.0)
        self.assertEqual((done["last_iteration"], self.wait(bad, "failed")["status_reason"]),
                         (2, "worker execution exit code 3"))

    def test_an_objective_ends_when_its_task_does(self):
        stopped, reset, deleted = (self.enqueue(n="100000", queue="endless") for _ in range(3))
        self.objective("endless")
        for task in (stopped, reset, deleted):
            self.wait(task, "in_progress")

        self.call("tasks.stop", task=stopped)
        self.act("reset", task=reset)
        self.act("delete", task=deleted)

        self.assertEqual(self.wait(stopped, "stopped")["status_reason"],
                         "task was stopped by tasks.stop")
        after = [self.enqueue(queue="endless") for _ in range(4)]
        for task in after:
            self.wait(task, "completed")
        self.assertEqual(self.task(reset)["status"], "created")


class Speed(Case):
    def test_polling_stays_quick_with_2500_tasks_and_100000_events(self):
        base = self.create()
        ids = [self.call("tasks.clone", task=base, new_task_parent=base)["id"]
               for _ in range(2500)]
        for n in range(100):
            self.api.batch([self.scalar(ids[25 * n + i // 40], i, i % 40) for i in range(1000)])
        fields = ["id", "status", "last_metrics.%s.%s" % (VALIDATION, LOSS)]
        took = []
        for _ in range(30):
            started = time.monotonic()
            rows = self.call("tasks.get_all", id=ids[:20], only_fields=fields)["tasks"]
            took.append(time.monotonic() - started)

        self.assertEqual(len(rows), 20)
        self.assertLess(sorted(took)[10], 0.02)


if __name__ == "__main__":
    unittest.main()
