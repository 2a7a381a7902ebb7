"""The real clients of ClearML from PyPI, made to run against the stand-in without change."""
import os
import shutil
import signal
import subprocess
import tempfile

from auth import ACCESS_KEY, SECRET_KEY

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, "../../../scripts/clearml-venv")

# The reporter in a process of its own would neither see a flush nor end sooner than after 5 s.
SDK = """
sdk.development.report_use_subprocess = false
sdk.development.worker.report_period_sec = 0.5
"""
AGENT = """
api { api_server: "%(api)s", web_server: "%(web)s", files_server: "%(files)s"
	credentials { access_key: "%(key)s", secret_key: "%(secret)s" } }
agent { venvs_dir: "%(folder)s/code", vcs_cache.enabled: false, pip_download_cache.enabled: false }
sdk.storage.cache.default_base_dir = "%(folder)s/cache"
"""


def python():
    """The interpreter that has the clients; they are installed if they are not there."""
    done = subprocess.run([VENV], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def environment(standin, folder):
    """For a program that uses the SDK: nothing of it stays outside the folder."""
    path = os.path.join(folder, "clearml.conf")
    with open(path, "w") as f:
        f.write(SDK)
    return dict(standin.environment(), HOME=folder, TMPDIR=folder, CLEARML_CONFIG_FILE=path,
                PYTHONDONTWRITEBYTECODE="1", CLEARML_LOG_LEVEL="WARNING")


class Agents:
    """Daemons of clearml-agent, one for each worker: each runs one task at a time.

    They pull from a queue and run the stand-alone script of a task by the interpreter that
    they run by themselves: no repository is cloned, no environment made, no package installed.
    """

    def __init__(self, standin, queue, workers=1, period=0.5, name="real"):
        self._folder = tempfile.mkdtemp(prefix="clearml-agents-")
        self._processes = []
        self.logs = []
        program = python()
        for n in range(workers):
            self._start(standin, program, queue, "%s:%d" % (name, n), period)

    def _start(self, standin, program, queue, worker, period):
        folder = os.path.join(self._folder, worker.replace(":", "-"))
        os.mkdir(folder)
        config = os.path.join(folder, "agent.conf")
        with open(config, "w") as f:
            f.write(SDK + AGENT % dict(standin.urls, folder=folder, key=ACCESS_KEY,
                                       secret=SECRET_KEY))
        env = dict(environment(standin, folder), CLEARML_CONFIG_FILE=config,
                   CLEARML_WORKER_ID=worker, CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL="1",
                   CLEARML_AGENT_QUEUE_POLL_FREQ_SEC=str(period))
        self.logs.append(os.path.join(folder, "log"))
        with open(self.logs[-1], "w") as log:
            self._processes.append(subprocess.Popen(
                [program, "-m", "clearml_agent", "daemon", "--foreground", "--cpu-only",
                 "--queue", queue], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def log(self):
        """What all the daemons wrote."""
        text = ""
        for path in self.logs:
            with open(path, errors="replace") as f:
                text += f.read()
        return text

    def end(self):
        """Ends the daemons with whatever they run."""
        for process, sign in [(p, s) for s in (signal.SIGINT, signal.SIGKILL)
                              for p in self._processes]:
            try:
                os.killpg(process.pid, sign)
                process.wait(30)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
        for process in self._processes:
            process.wait()
        self._processes = []
        shutil.rmtree(self._folder, True)
