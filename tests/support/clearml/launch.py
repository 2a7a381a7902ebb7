"""Starts a stand-in and its agents for a test written in Python, and ends them."""
import json
import os
import signal
import subprocess
import sys

from auth import ACCESS_KEY, SECRET_KEY
from client import Client

HERE = os.path.dirname(os.path.abspath(__file__))


class Standin:
    """A server of its own; with `with`, or end(). Options are those of server.py."""

    def __init__(self, *options, https=False):
        self._processes = []
        self._clients = []
        server = self._start("server.py", *options, stdout=subprocess.PIPE)
        line = server.stdout.readline()
        if not line:
            raise RuntimeError("the stand-in did not start")
        scheme = "https" if https else "http"
        self.urls = {k: "%s://127.0.0.1:%d" % (scheme, v) for k, v in json.loads(line).items()}
        self.url = self.urls["api"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def _start(self, program, *options, **how):
        process = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, program), *options],
                                   stdin=subprocess.DEVNULL, text=True, **how)
        self._processes.append(process)
        return process

    def agent(self, *options, quiet=True):
        """The process of an agent that serves the stand-in's queues."""
        how = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT} if quiet else {}
        return self._start("agent.py", "--api", self.url, "--files", self.urls["files"],
                           "--web", self.urls["web"], *options, **how)

    @property
    def pid(self):
        """The number of the server's process."""
        return self._processes[0].pid

    def client(self, name="hpo-test-client", **options):
        client = Client(self.url, name, **options)
        self._clients.append(client)
        return client

    def environment(self):
        """What tells a client of ClearML where the stand-in is."""
        known = {k: v for k, v in os.environ.items() if not k.startswith(("CLEARML_", "TRAINS_"))}
        return dict(known, CLEARML_API_HOST=self.url, CLEARML_FILES_HOST=self.urls["files"],
                    CLEARML_WEB_HOST=self.urls["web"], CLEARML_API_ACCESS_KEY=ACCESS_KEY,
                    CLEARML_API_SECRET_KEY=SECRET_KEY)

    def end(self):
        """Ends the agents, then the server; all of them are gone when this returns."""
        for client in self._clients:
            client.close()
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            if process.stdout:
                process.stdout.close()
        self._processes = []
