"""Every fault at every call to a ClearML server: no trial, no clone, no end may go wrong by it.

The matrix runs several stand-ins at once; FAULT_LANES says how many, FAULT_KINDS and FAULT_CALLS
(globs) narrow it down.
"""
import concurrent.futures
import fnmatch
import os
import queue
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/clearml"))

from harness import LIMIT_S, Bed, Door, end, wait_until  # noqa: E402

LANES = int(os.environ.get("FAULT_LANES", "8"))
KINDS = {  # each as a rule; two calls are hit, in the middle of the run where there are several
    "slow": {"seconds": 1.2}, "500": {}, "500-plain": {}, "503": {}, "429": {"retry_after": 1},
    "502-html": {}, "401": {"every": 2}, "drop-before": {}, "drop-after": {}, "truncated": {},
    "nan": {"fields": "^(?!(min_|max_)?value$)"},  # a value that is none is a trial's own end
    "reorder": {}, "121": {},
}
LATE_CALLS = ("tasks.ping",)  # once a minute: too late for a run of the matrix


def plain(bed, name):
    return bed.run(name), {}


def pruned(bed, name):
    """Bad ones are stopped early, all but two are put away, curves are asked for."""
    base = bed.base("base of " + name, epochs=9, pause=0.1)
    return bed.run(name, base, pruner="asha",
                   limits={"keep_top": 2, "max_iterations": 9}), {"states": ("completed", "pruned")}


def halted(bed, name):
    """Ends by its time limit while four clones run and two wait."""
    base = bed.base("base of " + name, epochs=100000)
    run = bed.run(name, base, trials=50, concurrent=6, limits={"minutes": 0.04})
    return run, {"exit": 2, "states": ("pruned", "waiting", "failed"), "count": None}


def made(bed, name):
    """The base task is made of a script, the optimizer task goes to a new project."""
    run = bed.run(name, "unused")
    with open(os.path.join(run.dir, "train.py"), "w") as f:
        f.write("pass\n")
    del run.study["task"]["base_task"]
    run.study["task"].update(script="train.py", optimizer_project="new/%s" % name,
                             args=["epochs=2", "pause=0.02", "status=0"],
                             overrides={"script.branch": "other"})
    run.write()
    return run, {}


def taken_over(bed, name):
    """The program runs as an optimizer task that somebody has enqueued."""
    task = bed.client.call("tasks.create", name="opt of " + name, type="optimizer")["id"]
    bed.client.call("tasks.started", task=task)
    base = bed.base("base of " + name)
    return bed.run(name, base, environment={"CLEARML_TASK_ID": task}), {}


SCENES = {f.__name__: f for f in (plain, pruned, halted, made, taken_over)}


class Lane:
    """A stand-in, of which each has one run at a time."""

    def __init__(self):
        self.bed = Bed(workers=4)
        self.bed.options(bodies=True)

    def once(self, name, scene, *rules):
        """(what is wrong, hits, requests) of one run under faults."""
        run, wanted = SCENES[scene](self.bed, name)
        since = self.bed.clock()
        self.bed.faults(*rules)
        try:
            done = run.search("--quiet")
        finally:
            hits = self.bed.hits()
            self.bed.faults()
        counts = self.bed.counts(since)
        wrong = []
        if done.returncode != wanted.get("exit", 0):
            wrong.append("exit status %d: %s" % (done.returncode, done.stderr.strip()[-400:]))
        wait_until(lambda: not run.alive(), 30)
        count = wanted.get("count", 6) or len(run.trials())
        wrong += run.wrong(count, states=wanted.get("states", ("completed",)))
        return wrong, sum(hits), counts, done.seconds


class Matrix(unittest.TestCase):
    def setUp(self):
        self.lanes = queue.Queue()
        with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
            for lane in pool.map(lambda _: Lane(), range(LANES)):
                self.addCleanup(lane.bed.end)
                self.lanes.put(lane)

    def run_all(self, cells):
        """{cell: result} of cells (name, scene, rule…), several at once."""
        def one(cell):
            lane = self.lanes.get()
            try:
                return lane.once(*cell)
            except Exception as e:
                return ["%s: %s" % (type(e).__name__, e)], 0, {}, 0
            finally:
                self.lanes.put(lane)
        with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
            return dict(zip([c[0] for c in cells], pool.map(one, cells)))

    def calls(self):
        """[(scene, endpoint, how often)] of good runs: each endpoint where it is called most.

        What is read all the time is met in other runs too.
        """
        good = self.run_all([("good-%s" % scene, scene) for scene in SCENES])
        for name, (wrong, _, _, _) in good.items():
            self.assertEqual(wrong, [], name)
        found = {}
        for scene in SCENES:
            for endpoint, count in good["good-%s" % scene][2].items():
                if count > found.get(endpoint, (0, ""))[0]:
                    found[endpoint] = (count, scene)
        found = [(scene, e, n) for e, (n, scene) in sorted(found.items())]
        # Each once: a stand-in would take two runs of the same name for one.
        found += [(scene, "tasks.get_all", good["good-%s" % scene][2]["tasks.get_all"])
                  for scene in ("plain", "pruned")]
        found = list(dict.fromkeys(found))
        return [(scene, e, n) for scene, e, n in found
                if e not in LATE_CALLS and fnmatch.fnmatch(e, os.environ.get("FAULT_CALLS", "*"))]

    def test_no_fault_at_any_call_spoils_a_run(self):
        begin = time.monotonic()
        calls = self.calls()
        kinds = [k for k in KINDS if fnmatch.fnmatch(k, os.environ.get("FAULT_KINDS", "*"))]

        results = self.run_all([
            ("%s@%s %s" % (kind, endpoint, scene), scene,
             dict(KINDS[kind], kind=kind, endpoint=endpoint, count=2,
                  after=n // 2 if n > 2 else 0))
            for scene, endpoint, n in calls for kind in kinds])

        self.show(calls, kinds, results, time.monotonic() - begin)
        wrong = ["%s: %s" % (cell, "; ".join(result[0])) for cell, result in results.items()
                 if result[0]]
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def show(self, calls, kinds, results, seconds):
        """Prints the matrix: seconds of a good run, '.' where nothing was hit, '!' if bad."""
        print("\n%-36s" % "call (in the run)" + "".join("%12s" % k for k in kinds))
        for scene, endpoint, _ in calls:
            row = "%-36s" % ("%s (%s)" % (endpoint.replace("events.multi_task", "events.multi")[:25],
                                          scene))
            for kind in kinds:
                wrong, hits, _, took = results["%s@%s %s" % (kind, endpoint, scene)]
                row += "%12s" % (("!" if wrong else "") + ("." if not hits else "%.1f" % took))
            print(row)
        print("%d runs, %.0f s; figures are seconds of a run; '.': no such call is hit by it" %
              (len(results), seconds))


class AtTheStart(unittest.TestCase):
    """What is wrong from the beginning is an error that names it."""

    @classmethod
    def setUpClass(cls):
        cls.bed = Bed(workers=0)
        cls.addClassCleanup(cls.bed.end)

    def refused(self, run, status, *words, seconds=45):
        """Within 30 seconds, of which a busy machine makes more; or at once: `seconds`."""
        done = run.search("--quiet")

        self.assertEqual(done.returncode, status, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertLess(done.seconds, seconds)
        self.assertEqual(run.mine(), [])

    def test_a_server_that_is_down_is_named_within_30_seconds(self):
        door = Door(self.bed.standin.url)
        door.close()

        self.refused(self.bed.run("down", environment={"CLEARML_API_HOST": door.url}), 4,
                     "127.0.0.1:%d" % door.port)

    def test_a_server_that_says_nothing_is_named_within_30_seconds(self):
        run = self.bed.run("mute")
        self.bed.faults({"kind": "slow", "endpoint": "auth.login", "seconds": 100})
        self.addCleanup(self.bed.faults)

        self.refused(run, 4, "127.0.0.1")

    def test_a_host_that_does_not_exist_is_named(self):
        self.refused(self.bed.run("nohost", environment={
            "CLEARML_API_HOST": "http://no-such-host.invalid:8008"}), 4, "no-such-host.invalid")

    def test_what_is_no_clearml_server_is_named(self):
        self.refused(self.bed.run("web", environment={
            "CLEARML_API_HOST": self.bed.standin.urls["web"]}), 4, "127.0.0.1")

    def test_wrong_credentials_are_refused_at_once(self):
        run = self.bed.run("wrong", environment={"CLEARML_API_SECRET_KEY": "another-secret-of-mine"})

        self.refused(run, 4, "credentials", seconds=20)
        self.assertNotIn("another-secret", run.search("--quiet").stderr)

    def test_no_credentials_are_no_credentials(self):
        run = self.bed.run("none")
        del run.env["CLEARML_API_ACCESS_KEY"], run.env["CLEARML_API_SECRET_KEY"]

        done = run.search("--quiet")

        self.assertIn(done.returncode, (1, 4))
        self.assertIn("CLEARML_API_ACCESS_KEY", done.stderr)

    def test_a_base_task_that_is_missing_is_named(self):
        self.refused(self.bed.run("nobase", "0123456789abcdef0123456789abcdef"), 1,
                     "0123456789abcdef0123456789abcdef", seconds=20)

    def test_a_queue_that_is_missing_is_named_with_those_that_there_are(self):
        self.refused(self.bed.run("noqueue", task={"queue": "defualt"}), 1, "'defualt'",
                     "'default'", seconds=20)

    def test_a_parameter_that_the_base_task_lacks_is_refused_with_the_nearest(self):
        self.refused(self.bed.run("noparam", parameters=[
            {"name": "General/layers", "type": "int", "low": 1, "high": 4}]), 1,
            "General/layers", "Args/layers", seconds=20)


class MidRun(unittest.TestCase):
    """What goes wrong for longer than a call."""

    def setUp(self):
        self.bed = Bed(workers=4)
        self.addCleanup(self.bed.end)

    def run_through(self, run, away, back, seconds=20):
        child = run.start("--quiet")
        self.addCleanup(end, child)
        self.assertTrue(wait_until(lambda: len(run.clones()) > 5))
        away()
        time.sleep(seconds)
        back()
        out, err = child.communicate(timeout=LIMIT_S)
        self.assertEqual(child.returncode, 0, out + err)
        self.assertEqual(run.wrong(16), [])

    def test_a_server_that_is_gone_for_20_seconds_is_waited_for(self):
        door = Door(self.bed.standin.url)
        run = self.bed.run("gone", trials=16, environment={"CLEARML_API_HOST": door.url})

        self.run_through(run, door.close, door.open)

    def test_a_server_that_hangs_for_20_seconds_is_waited_for(self):
        run = self.bed.run("hangs", trials=16)
        server = self.bed.standin._processes[0]
        self.addCleanup(server.send_signal, signal.SIGCONT)

        self.run_through(run, lambda: server.send_signal(signal.SIGSTOP),
                         lambda: server.send_signal(signal.SIGCONT))

    def test_a_server_that_says_503_for_20_seconds_is_waited_for(self):
        run = self.bed.run("maintenance", trials=16)

        self.run_through(run, lambda: self.bed.faults({"kind": "503", "endpoint": "*"}),
                         self.bed.faults)

    def test_a_clone_that_could_not_be_enqueued_for_long_is_kept_once_it_is(self):
        run = self.bed.run("late", trials=4)
        away = [{"kind": "503", "endpoint": name} for name in ("tasks.delete", "tasks.enqueue")]
        self.bed.faults(*away)
        child = run.start("--quiet")
        self.addCleanup(end, child)
        # An enqueue is given up after 10 seconds, and its draft is to be deleted.
        self.assertTrue(wait_until(lambda: self.bed.hits()[0] > 0))
        self.bed.faults(*away[:1])
        self.assertTrue(wait_until(lambda: any(c["status"] != "created" for c in run.clones())))
        self.bed.faults()

        out, err = child.communicate(timeout=LIMIT_S)

        self.assertEqual(child.returncode, 0, out + err)
        self.assertEqual(run.wrong(4), [])

    def test_every_third_call_goes_wrong_in_turn(self):
        run = self.bed.run("rain", trials=12)
        self.bed.faults(*({"kind": kind, "endpoint": "tasks.*", "after": i, "every": 12}
                          for i, kind in enumerate(("500", "drop-before", "drop-after",
                                                    "truncated"))))

        done = run.search("--quiet")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(run.wrong(12), [])
        self.assertTrue(all(self.bed.hits()))

    def test_a_value_that_is_no_number_fails_its_trial_and_no_other(self):
        run = self.bed.run("nan", trials=4, concurrent=1)
        self.bed.faults({"kind": "nan", "endpoint": "tasks.get_all", "fields": "value$", "count": 1,
                         "after": 2, "body": "last_metrics"})

        done = run.search("--quiet")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(run.wrong(4, states=("completed", "failed")), [])
        reasons = [t["reason"] for t in run.trials() if t["state"] == "failed"]
        self.assertEqual(["nan" in r for r in reasons], [True] * len(reasons))

    def test_tokens_that_live_for_four_seconds_are_renewed_in_time(self):
        self.bed.options(token_seconds=4)
        run = self.bed.run("tokens", self.bed.base(pause=0.4), trials=12)

        done = run.search("--quiet")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(run.wrong(12), [])
        # Who renewed a token only once it is refused would be refused for each but the first.
        logins = self.bed.counts()["auth.login"]
        refused = [e for e in self.bed.log() if e["status"] == 401]
        self.assertGreater(logins, 2)
        self.assertLess(len(refused), logins - 1, refused)

    def test_an_optimizer_task_that_somebody_stops_ends_the_run(self):
        run = self.bed.run("stopped", self.bed.base(epochs=100000), trials=100)
        child = run.start("--quiet")
        self.addCleanup(end, child)
        self.assertTrue(wait_until(lambda: len(run.clones()) == 3))

        self.bed.act("stopped", run.optimizers()[0]["id"])
        child.communicate(timeout=LIMIT_S)

        self.assertTrue(wait_until(lambda: not run.alive()))
        self.assertEqual([t["status"] for t in run.optimizers()], ["stopped"])


if __name__ == "__main__":
    unittest.main()
