"""A program that runs as a task of a ClearML server: hpo_task_current() and its kin.

HPO_LIBRARY names the shared library, B the folder of what was built, HPO the command. The program
is this file, which calls the library by ctypes and does what the test tells it, line by line.
"""
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support/clearml"))

HPO = os.path.abspath(os.environ.get("HPO", ".build/cc/hpo"))
B = os.path.abspath(os.environ.get("B", os.path.dirname(HPO)))
LIBRARY = os.path.abspath(os.environ.get("HPO_LIBRARY", os.path.join(B, "libhpo.so")))

OK, DONE, EINVAL, EBACKEND = 0, 3, -2, -7
PARAMETERS = {"Args": {"lr": ("0.1", "float"), "layers": ("3", "int"), "act": ("relu", "str"),
                       "nesterov": ("True", "bool"), "seed": ("1", "int"), "epochs": ("5", None),
                       "version": ("1.10", "str"), "none": ("", None)},
              "General": {"net/depth": ("4", "int"), "seed": ("2", "int")}}


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int32), ("message", ctypes.c_char * 508)]


class Library:
    """The calls that the test asks for; each answers with a list."""

    def __init__(self):
        self.lib = lib = ctypes.CDLL(LIBRARY)
        lib.hpo_task_get_float.restype = ctypes.c_double
        lib.hpo_task_get_int.restype = ctypes.c_int64
        lib.hpo_task_get_text.restype = ctypes.c_char_p
        lib.hpo_task_number.restype = ctypes.c_int64
        self.error = Error()
        self.task = ctypes.c_void_p()

    def current(self):
        status = self.lib.hpo_task_current(ctypes.byref(self.task), ctypes.byref(self.error))
        return [status, self.error.message.decode(), bool(self.task)]

    def number(self):
        return [self.lib.hpo_task_number(self.task), self.lib.hpo_task_is_managed(self.task)]

    def float(self, name):
        return [self.lib.hpo_task_get_float(self.task, name.encode(), ctypes.c_double(-1))]

    def int(self, name):
        return [self.lib.hpo_task_get_int(self.task, name.encode(), ctypes.c_int64(-1))]

    def text(self, name):
        return [self.lib.hpo_task_get_text(self.task, name.encode(), b"fallback").decode()]

    def report(self, metric, value, iteration=-1, times=1):
        began, status = time.monotonic(), OK
        for i in range(times):
            at = iteration + i if iteration >= 0 else -1
            status = self.lib.hpo_task_report(self.task, metric.encode(), ctypes.c_int64(at),
                                              ctypes.c_double(float(value)),
                                              ctypes.byref(self.error))
        return [status, self.error.message.decode(), time.monotonic() - began]

    def free(self):
        self.lib.hpo_task_free(self.task)
        return []

    def serve(self):
        for line in sys.stdin:
            name, *args = json.loads(line)
            print(json.dumps(getattr(self, name)(*args)), flush=True)


class Program:
    """A process that calls the library; a method of Library a call."""

    def __init__(self, environment, folder, library=LIBRARY):
        self._process = subprocess.Popen(
            [sys.executable, "-B", os.path.abspath(__file__), "--serve"], cwd=folder, text=True,
            env=dict(environment, HPO_LIBRARY=library), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)

    def __getattr__(self, name):
        def call(*args):
            self._process.stdin.write(json.dumps([name, *args]) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())
        return call

    def kill(self):
        self._process.kill()
        self._process.communicate()


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bed = Bed(workers=0)
        cls.addClassCleanup(cls.bed.end)

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="hpo-inside-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.env = dict(self.bed.standin.environment(), HOME=self.dir)

    def make_task(self, started=True, parameters=None, **fields):
        params = {section: {n: dict({"section": section, "name": n, "value": value},
                                    **({"type": kind} if kind else {}))
                            for n, (value, kind) in items.items()}
                  for section, items in (parameters or PARAMETERS).items()}
        task = self.bed.client.call("tasks.create", name="a training", type="training",
                                    hyperparams=params, **fields)["id"]
        if started:
            self.bed.client.call("tasks.started", task=task)
        return task

    def start(self, task, **environment):
        program = Program(dict(self.env, CLEARML_TASK_ID=task, **environment), self.dir)
        self.addCleanup(program.kill)
        return program

    def enter(self, task, **environment):
        program = self.start(task, **environment)
        self.assertEqual(program.current(), [OK, "", True])
        return program

    def status(self, task):
        return self.bed.task(task)["status"]

    def scalars(self, task):
        """[(metric, variant, iteration, value)] of the task's scalars."""
        events = self.bed.state(events=True)["events"].get(task, [])
        return sorted((e["metric"], e["variant"], e["iter"], e["value"]) for e in events
                      if e["type"] == "training_stats_scalar")

    def report_until_done(self, program):
        """Whether a report says in the end that the program should end."""
        return wait_until(lambda: program.report("validation/loss", 1.0)[0] == DONE)


class Values(Case):
    def test_parameters_are_read_by_their_full_names_with_their_types(self):
        program = self.enter(self.make_task())

        self.assertEqual(program.float("Args/lr"), [0.1])
        self.assertEqual(program.int("Args/layers"), [3])
        self.assertEqual(program.text("Args/act"), ["relu"])
        self.assertEqual(program.int("Args/nesterov"), [1])
        self.assertEqual(program.int("General/net/depth"), [4])
        self.assertEqual(program.text("Args/none"), [""])

    def test_a_name_without_its_section_is_found_where_it_is_clear(self):
        program = self.enter(self.make_task())

        self.assertEqual(program.float("lr"), [0.1])
        self.assertEqual(program.int("net/depth"), [4])
        self.assertEqual(program.int("seed"), [-1], "Args/seed and General/seed")
        self.assertEqual((program.int("Args/seed"), program.int("General/seed")), ([1], [2]))

    def test_a_number_without_a_type_is_a_number_and_keeps_its_text(self):
        program = self.enter(self.make_task())

        self.assertEqual((program.int("epochs"), program.float("epochs")), ([5], [5.0]))
        self.assertEqual((program.text("version"), program.float("version")), (["1.10"], [1.1]))
        self.assertEqual(program.float("act"), [-1])

    def test_what_is_missing_gives_the_fallback(self):
        program = self.enter(self.make_task())

        self.assertEqual((program.float("momentum"), program.text("momentum")),
                         ([-1], ["fallback"]))

    def test_a_clone_of_a_search_knows_its_trial(self):
        marks = dict(PARAMETERS, properties={"hpo_trial": ("17", "int")})

        self.assertEqual(self.enter(self.make_task(parameters=marks)).number(), [17, 1])
        self.assertEqual(self.enter(self.make_task()).number(), [-1, 1])

    def test_values_of_the_environment_come_before_those_of_a_server(self):
        program = self.enter(self.make_task(), HPO_PARAMS='{"lr": 0.7}', HPO_TRIAL="3")

        self.assertEqual((program.float("lr"), program.number()), ([0.7], [3, 1]))


class Reports(Case):
    def test_title_and_series_are_cut_at_the_first_slash(self):
        task = self.make_task()
        program = self.enter(task)

        program.report("validation/loss", 0.5, 1)
        program.report("validation/loss", 0.25, 2)
        program.report("layers/3/norm", 7.0, 1)
        program.report("accuracy", 0.9, 1)
        program.free()

        self.assertEqual(self.scalars(task), [
            ("accuracy", "accuracy", 1, 0.9), ("layers", "3/norm", 1, 7.0),
            ("validation", "loss", 1, 0.5), ("validation", "loss", 2, 0.25)])
        self.assertEqual(self.bed.task(task)["last_iteration"], 2)

    def test_an_iteration_that_is_not_said_counts_on_for_each_metric(self):
        task = self.make_task()
        program = self.enter(task)

        program.report("a/b", 1.0)
        program.report("a/b", 2.0)
        program.report("c/d", 3.0)
        program.free()

        self.assertEqual(self.scalars(task), [("a", "b", 1, 1.0), ("a", "b", 2, 2.0),
                                              ("c", "d", 1, 3.0)])

    def test_what_is_not_finite_is_left_out(self):
        task = self.make_task()
        program = self.enter(task)

        answers = [program.report("a/b", v, i)[0] for i, v in enumerate(("nan", "inf", "1.5"))]
        program.free()

        self.assertEqual(answers, [OK, OK, OK])
        self.assertEqual(self.scalars(task), [("a", "b", 2, 1.5)])

    def test_thousands_of_reports_are_a_few_requests(self):
        task = self.make_task()
        program = self.enter(task)
        since = self.bed.clock()

        took = program.report("validation/loss", 0.5, 1, 2500)[2]
        program.free()

        self.assertEqual(len(self.scalars(task)), 2500)
        self.assertLessEqual(len(self.bed.log(since, "events.*")), 6 + took / 2)

    def test_reports_are_kept_while_the_server_is_away(self):
        task = self.make_task()
        door = Door(self.bed.standin.url)
        self.addCleanup(door.close)
        program = self.enter(task, CLEARML_API_HOST=door.url)
        program.report("a/b", 1.0, 1)

        door.close()
        away = program.report("a/b", 2.0, 2, 3000)
        door.open()
        program.free()

        self.assertEqual(away[:2], [OK, ""])
        self.assertLess(away[2], 40)  # it waits for 10, and not so at every report
        self.assertEqual(len(self.scalars(task)), 3001)


class Status(Case):
    def test_a_task_that_is_run_by_hand_is_started_and_completed(self):
        for queued in (False, True):
            with self.subTest(queued=queued):
                task = self.make_task(started=False)
                if queued:
                    self.bed.client.call("tasks.enqueue", task=task)

                program = self.enter(task)
                during = self.status(task)
                program.report("a/b", 1.0)
                program.free()

                self.assertEqual((during, self.status(task)), ("in_progress", "completed"))
                self.assertNotIn("stopping", self.bed.task(task)["status_message"] or "")

    def test_under_an_agent_the_status_is_left_to_the_agent(self):
        task = self.make_task()

        program = self.enter(task)
        program.report("a/b", 1.0)
        program.free()

        self.assertEqual(self.status(task), "in_progress")

    def test_a_task_that_changes_while_it_is_started_is_looked_at_again(self):
        task = self.make_task(started=False)
        self.bed.client.test("POST", "faults", {"rules": [
            {"kind": "121", "endpoint": "tasks.started", "count": 1, "client": "hpo-?/?[0-9]",
             "body": task}]})
        self.addCleanup(self.bed.client.test, "DELETE", "faults")

        program = self.enter(task)
        program.free()

        self.assertEqual(self.bed.hits(), [1])
        self.assertEqual(self.status(task), "completed")

    def test_a_stop_makes_the_next_reports_say_done(self):
        for by in ("stopped", "failed", "delete", "publish", "stopping"):
            with self.subTest(by=by):
                task = self.make_task()
                program = self.enter(task)
                before = program.report("validation/loss", 1.0)[:2]

                if by == "stopping":
                    self.bed.act("set", task, fields={"status_message": "stopping"})
                else:
                    self.bed.act(by, task)
                done = self.report_until_done(program)
                again = program.report("validation/loss", 1.0)
                program.free()

                self.assertEqual(before, [OK, ""])
                self.assertTrue(done)
                self.assertEqual(again[:2], [DONE, ""])

    def test_a_stopped_task_that_was_run_by_hand_stays_stopped(self):
        task = self.make_task(started=False)
        program = self.enter(task)

        self.bed.act("stopped", task)
        done = self.report_until_done(program)
        program.free()

        self.assertTrue(done)
        self.assertEqual(self.status(task), "stopped")


class Refusals(Case):
    def refused(self, program, status, *names):
        code, message, is_there = program.current()
        self.assertEqual((code, is_there), (status, False), message)
        for name in names:
            self.assertIn(name, message)
        self.assertNotIn(SECRET_KEY, message)

    def test_a_task_that_does_not_exist(self):
        self.refused(self.start("0" * 32), EINVAL, "CLEARML_TASK_ID", "0" * 32,
                     self.bed.standin.url)

    def test_a_task_that_has_ended(self):
        task = self.make_task()
        self.bed.client.call("tasks.completed", task=task)

        self.refused(self.start(task), EINVAL, task, "completed", "reset")
        self.assertEqual(self.status(task), "completed")

    def test_a_server_that_is_away(self):
        door = Door(self.bed.standin.url)
        door.close()
        began = time.monotonic()

        self.refused(self.start("0" * 32, CLEARML_API_HOST=door.url), EBACKEND, door.url)
        self.assertLess(time.monotonic() - began, 45)  # it gives up after 25

    def test_wrong_credentials(self):
        self.refused(self.start(self.make_task(), CLEARML_API_SECRET_KEY="a-wrong-secret"),
                     EBACKEND, "credentials")

    def test_a_library_without_the_module(self):
        alone = os.path.join(self.dir, "libhpo.so")
        shutil.copy(LIBRARY, alone)
        program = Program(dict(self.env, CLEARML_TASK_ID=self.make_task()), self.dir, alone)
        self.addCleanup(program.kill)

        code, message, is_there = program.current()

        self.assertLess(code, 0)
        self.assertFalse(is_there)
        self.assertIn("CLEARML_TASK_ID", message)


class Whole(Case):
    def test_a_C_program_is_tuned_by_a_search(self):
        program = os.path.join(B, "examples/task")
        params = {"Args": {"lr": ("0.01", "float"), "momentum": ("0", "float")}}
        base = self.make_task(started=False, parameters=params, script={
            "binary": "sh", "entry_point": "run.sh", "diff": "exec '%s'\n" % program})
        self.bed.standin.agent("--workers", "2", "--period", "0.05", "--watch-period", "0.1")

        done = subprocess.run(
            [HPO, "search", "--task-id", base, "--queue", "default", "--param",
             "Args/lr=float(1e-3,0.05,log)", "--param", "Args/momentum=float(0,0.9)",
             "--minimize", "loss/loss", "--trials", "4", "--concurrent", "2",
             "--pool-period-min", "0.005", "--json", "--quiet"], cwd=self.dir, env=self.env,
            text=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=360)

        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        clones = [t for t in self.bed.state()["tasks"].values()
                  if property_of(t, "hpo_trial") != "" and t["name"].startswith("a training:")]
        self.assertEqual([(c["status"], c["last_iteration"]) for c in clones],
                         [("completed", 10)] * 4)
        best = min(objective_of(c, "loss", "loss") for c in clones)
        self.assertEqual(json.loads(done.stdout)["best"]["values"], [best])


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        Library().serve()
    else:
        from harness import SECRET_KEY, Bed, Door, objective_of, property_of, wait_until
        unittest.main()
