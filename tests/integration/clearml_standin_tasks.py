"""The stand-in for a ClearML server keeps to the contract of the real one: tasks and queues."""
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support", "clearml"))

from standin_case import ALLOWED, STATUSES, Case, param, params  # noqa: E402


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


if __name__ == "__main__":
    unittest.main()
