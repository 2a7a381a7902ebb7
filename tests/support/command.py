"""What tests of the command start from: a folder of their own to run it in. HPO names it."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

HPO = os.path.abspath(os.environ.get("HPO", ".build/cc/hpo"))


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="hpo-command-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.env = {k: v for k, v in os.environ.items() if k != "HPO_STORE"}

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.dir, name)
        with open(path, "w", newline="") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def read(self, name):
        with open(os.path.join(self.dir, name), newline="") as f:
            return f.read()

    def start(self, *args, **kwargs):
        return subprocess.Popen([HPO, *args], cwd=self.dir, env=self.env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **kwargs)

    def run_hpo(self, *args, **kwargs):
        return subprocess.run([HPO, *args], cwd=self.dir, env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=360,
                              **kwargs)

    def hpo(self, *args, status=0):
        done = self.run_hpo(*args)
        self.assertEqual(done.returncode, status, f"{args}: {done.stdout}{done.stderr}")
        return done

    def json(self, *args, status=0):
        return json.loads(self.hpo(*args, status=status).stdout)
