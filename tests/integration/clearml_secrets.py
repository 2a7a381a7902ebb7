"""Credentials of a ClearML server are nowhere to be read, and are given to no false server."""
import base64
import glob
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support/clearml"))

from auth import ACCESS_KEY, SECRET_KEY  # noqa: E402
from harness import HPO, Bed, wait_until  # noqa: E402

# The secret, the header that is made of it, and how every token begins: {"alg": …
BASIC = base64.b64encode(("%s:%s" % (ACCESS_KEY, SECRET_KEY)).encode()).decode()
TOKEN = base64.b64encode(b'{"alg"').decode()[:8]
SECRETS = [SECRET_KEY.encode(), BASIC.encode(), TOKEN.encode(), b"Bearer "]


def leaks(what, data):
    """Which of the secrets are in some bytes: a list of sentences."""
    return ["%s has %r" % (what, secret) for secret in SECRETS if secret in data]


class CommandLines(threading.Thread):
    """Reads the command lines of all processes, again and again, until it is ended."""

    def __init__(self):
        super().__init__(daemon=True)
        self.found, self.count = set(), 0
        self._end = threading.Event()
        self.start()

    def run(self):
        while not self._end.wait(0.02):
            for path in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    with open(path, "rb") as f:
                        self.found.update(leaks(path, f.read()))
                    self.count += 1
                except OSError:
                    pass

    def end(self):
        self._end.set()
        self.join()


class Secrets(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="hpo-secrets-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def bed(self, *options, **how):
        bed = Bed(*options, **how)
        self.addCleanup(bed.end)
        return bed

    def command(self, bed, *more, trials="6"):
        return [HPO, "search", "--task-id", bed.base(), "--param", "Args/x=float(-5,5)",
                "--objective-metric-title", "validation", "--objective-metric-series", "loss",
                "--objective-metric-sign", "min", "--trials", trials, "--concurrent", "3",
                "--pool-period-min", "0.002", *more]

    def configured(self, bed):
        """An environment in which the credentials are in clearml.conf alone."""
        path = os.path.join(self.dir, "clearml.conf")
        with open(path, "w") as f:
            f.write('api { api_server: "%s"\n web_server: "%s"\n files_server: "%s"\n'
                    ' credentials { access_key: "%s", secret_key: "%s" } }\n'
                    % (bed.standin.urls["api"], bed.standin.urls["web"],
                       bed.standin.urls["files"], ACCESS_KEY, SECRET_KEY))
        env = {k: v for k, v in bed.standin.environment().items() if not k.startswith("CLEARML")}
        return dict(env, CLEARML_CONFIG_FILE=path)

    def search(self, command, env):
        return subprocess.run(command, cwd=self.dir, env=env, capture_output=True, timeout=360)

    def check_files(self):
        for folder, _, names in os.walk(self.dir):
            for name in names:
                if name == "clearml.conf":
                    continue
                with open(os.path.join(folder, name), "rb") as f:
                    self.assertEqual(leaks(name, f.read()), [])

    def test_a_search_through_faults_shows_no_secret(self):
        bed = self.bed()
        bed.faults({"kind": "401", "endpoint": "tasks.get_all", "after": 3, "count": 1},
                   {"kind": "500", "endpoint": "*", "after": 10, "every": 7},
                   {"kind": "502-html", "endpoint": "*", "after": 11, "every": 9})
        lines = CommandLines()

        done = self.search(self.command(bed, "--queue", "default"), self.configured(bed))
        lines.end()

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(leaks("stdout", done.stdout) + leaks("stderr", done.stderr), [])
        self.assertGreater(lines.count, 0)
        self.assertEqual(lines.found, set())
        self.check_files()

    def test_a_refused_login_shows_no_secret(self):
        bed = self.bed(workers=0)
        env = dict(bed.standin.environment(), CLEARML_API_SECRET_KEY=SECRET_KEY + "x")

        done = self.search(self.command(bed, "--queue", "default"), env)

        self.assertEqual(done.returncode, 4)
        self.assertIn(b"refused the login", done.stderr)
        self.assertEqual(leaks("stdout", done.stdout) + leaks("stderr", done.stderr), [])

    def test_clones_that_run_here_get_credentials_by_their_environment_alone(self):
        bed = self.bed(workers=0)
        base = bed.client.call("tasks.create", name="local", type="training", script={
            "binary": "bash", "repository": "", "entry_point": "run.sh",
            "diff": '[ -n "$CLEARML_API_SECRET_KEY" ] || exit 9\nsleep 0.3\nexit 3\n'},
            hyperparams={"Args": {"x": {"section": "Args", "name": "x", "value": "0",
                                        "type": "float"}}})["id"]
        command = self.command(bed, "--local", trials="3")
        command[command.index("--task-id") + 1] = base
        lines = CommandLines()

        done = self.search(command, self.configured(bed))
        lines.end()

        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(b"exit status 3", done.stdout + done.stderr)
        self.assertEqual(lines.found, set())
        self.assertEqual(leaks("stdout", done.stdout) + leaks("stderr", done.stderr), [])
        self.check_files()

    def abort(self, command, env, ready):
        """Whether a program that is made to abort leaves a core file."""
        def allow():
            resource.setrlimit(resource.RLIMIT_CORE,
                               (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

        process = subprocess.Popen(command, cwd=self.dir, env=env, preexec_fn=allow,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertTrue(wait_until(ready))
        os.kill(process.pid, signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGABRT
        self.assertEqual(os.WTERMSIG(status), signal.SIGABRT)
        return os.WCOREDUMP(status)

    def test_a_search_that_crashes_leaves_no_core_file(self):
        bed = self.bed()
        start = time.monotonic()
        control = self.abort(["sleep", "60"], dict(os.environ),
                             lambda: time.monotonic() > start + 0.3)

        dumped = self.abort(self.command(bed, "--queue", "default", trials="500"),
                            self.configured(bed), lambda: bed.counts().get("tasks.enqueue", 0) > 2)

        if not control:
            print("no program leaves a core file on this machine", flush=True)
        self.assertFalse(dumped)

    def certificate(self):
        cert, key = os.path.join(self.dir, "cert.pem"), os.path.join(self.dir, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", key, "-out", cert], check=True, capture_output=True)
        return cert, key

    def test_a_server_with_a_bad_certificate_is_refused_and_told_nothing(self):
        cert, key = self.certificate()
        bed = self.bed("--tls", cert, key, workers=0, https=True)
        env = bed.standin.environment()
        command = [HPO, "search", "--task-id", "0" * 32, "--queue", "default", "--param",
                   "Args/x=float(0,1)", "--minimize", "validation/loss", "--trials", "1"]

        start = time.monotonic()
        refused = self.search(command, env)
        took = time.monotonic() - start
        trusted = self.search(command, dict(env, CLEARML_API_HOST_VERIFY_CERT=cert))
        unchecked = self.search(command, dict(env, CLEARML_API_HOST_VERIFY_CERT="false"))

        self.assertLess(took, 20)  # it is not tried again, as a server that is away is for 25
        self.assertEqual(refused.returncode, 4, refused.stderr)
        self.assertIn(b"certificate", refused.stderr)
        self.assertEqual(leaks("stderr", refused.stderr), [])
        for done in (trusted, unchecked):  # both get as far as the task that is not there
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(b"there is no task", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
