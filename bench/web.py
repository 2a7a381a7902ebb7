#!/usr/bin/env python3
"""What the web application costs, beside optuna-dashboard: a large study, and many open pages.

    bench/web.py [--trials 10000] [--reports 20] [--loads 5] [--updates 5]    one large study
    bench/web.py --pages 100 [--browsers 0] [--rounds 5]                      a run that is watched

A large study: the same one in a store of ours and in one of Optuna, each shown to a real Chromium.
What takes longer than --limit seconds is "-", as is all of optuna-dashboard where it cannot be had
from PyPI. A run that is watched: the time of `hpo run` with nobody looking, and with so many
pages that do what the page does on every event, in turn. HPO names the command, HPO_LIBRARY the
library.
"""
import argparse
import math
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/support/web")]

import browser          # noqa: E402
import web_pages        # noqa: E402

HPO = os.path.abspath(os.environ.get("HPO", ".build/cc/hpo"))
TICKS = os.sysconf("SC_CLK_TCK")

# When the first mark of a figure is there, in milliseconds since the page was asked for; else 0.
DRAWN = """() => document.querySelector(
    '.js-plotly-plot .point, .js-plotly-plot .js-line, .js-plotly-plot .gl-canvas')
    ? performance.now() : 0"""
PAINTED = """() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime || 0"""

STUDY = {
    "name": "large", "objectives": [{"series": "loss", "goal": "min"}],
    "parameters": [{"name": "lr", "type": "float", "low": 1e-4, "high": 1, "scale": "log"},
                   {"name": "layers", "type": "int", "low": 1, "high": 8},
                   {"name": "drop", "type": "float", "low": 0, "high": 1},
                   {"name": "kind", "type": "categorical", "choices": ["a", "b", "c"]}],
    "strategy": {"name": "random", "seed": 1}, "limits": {"trials": 0},
}


class Ours:
    """The study in a store of ours, and `hpo ui` over it."""
    name = "hpo ui"

    def __init__(self, folder, options):
        import library
        self.url = "sqlite:" + os.path.join(folder, "hpo.db")
        self.reports = options.reports
        self.study = library.Study({**STUDY, "store": self.url})
        for _ in range(options.trials):
            self.add()

    def add(self):
        trial = self.study.ask()
        floor = abs(math.log10(trial.params["lr"]) + 2) / 10 + 0.1 / trial.params["layers"]
        for i in range(1, self.reports + 1):
            trial.report(i, floor + 1 / i)
        trial.tell(floor + 1 / self.reports)

    def serve(self, port):
        return [HPO, "ui", "--port", str(port), "--store", self.url]

    page = "/study/large"
    api = "/api/studies/large"

    def shown(self, browser_page):
        """How many trials the page has."""
        return browser_page.evaluate(
            "() => parseInt((document.querySelector('[data-panel=table] .count')?.textContent"
            " ?? '0').replace(/,/g, ''))")

    def end(self):
        del self.study


class Theirs:
    """The same in a storage of Optuna, and optuna-dashboard."""
    name = "optuna-dashboard"

    def __init__(self, folder, options):
        python = subprocess.run(
            [os.path.join(ROOT, "scripts/venv"),
             os.path.join(os.path.dirname(os.path.dirname(HPO)), "web-peer"),
             os.path.join(HERE, "web.txt")], check=True, text=True, stdout=subprocess.PIPE)
        self.bin = os.path.dirname(python.stdout.strip())
        path = os.path.join(folder, "optuna.db")
        self.url = "sqlite:///" + path
        self.maker = subprocess.Popen(
            [os.path.join(self.bin, "python"), os.path.join(HERE, "optuna_study.py"), path,
             str(options.trials), str(options.reports)],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        number = self.maker.stdout.readline().strip()
        self.page = "/dashboard/studies/" + number
        self.api = "/api/studies/" + number

    def add(self):
        self.maker.stdin.write("\n")
        self.maker.stdin.flush()
        self.maker.stdout.readline()

    def serve(self, port):
        return [os.path.join(self.bin, "optuna-dashboard"), self.url, "--port", str(port)]

    def shown(self, browser_page):
        return None

    def end(self):
        self.maker.stdin.close()
        self.maker.wait(60)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A process that serves, and what it has cost so far."""

    def __init__(self, command, limit):
        self.port = int(command[command.index("--port") + 1])
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + limit
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_mb(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            text = f.read()
        return int(text.split("VmHWM:")[1].split()[0]) / 1024

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def load_page(chromium, server, side, limit):
    """Milliseconds to the first paint and to the first figure in a browser that knows nothing yet."""
    page = chromium.page()
    times = {}
    try:
        page.goto(server.base + side.page, wait_until="commit", timeout=limit * 1000)
        for what, script in (("paint", PAINTED), ("figure", DRAWN)):
            times[what] = page.wait_for_function(script, polling=20,
                                                 timeout=limit * 1000).json_value()
    except browser.TimeoutError:
        pass
    return page, times


def measure_loads(chromium, server, side, options):
    """The first load, which finds a server that has read nothing, and the median of the others."""
    seen = []
    for i in range(options.loads):
        page, times = load_page(chromium, server, side, options.limit)
        page.context.close()
        seen.append(times)
        for what in times if i == 0 else ():
            say(what + ", server just started", times[what])
        if "figure" not in times:
            return
    for what in ("paint", "figure"):
        say(what, statistics.median(t[what] for t in seen[1:] or seen))


def until_told(page, side, before, limit):
    """Until the page has the trial that ended: it shows it, or has asked for it again."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        page.wait_for_timeout(100)
        if page.asked > before and side.shown(page) in (None, page.trials):
            return True
    return False


def measure_updates(chromium, server, side, options):
    """Processor milliseconds of the server from the end of a trial until the page has all of it."""
    page, times = load_page(chromium, server, side, options.limit)
    page.asked, page.trials, spent = 0, options.trials, []
    page.on("requestfinished", lambda r: setattr(
        page, "asked", page.asked + (side.api in r.url)))
    if "figure" not in times:
        return None
    page.wait_for_timeout(4000)
    for _ in range(options.updates):
        before, asked = server.cpu_s(), page.asked
        side.add()
        page.trials += 1
        if not until_told(page, side, asked, options.limit):
            return None
        page.wait_for_timeout(4000)  # and until it has drawn that
        spent.append((server.cpu_s() - before) * 1000)
    page.context.close()
    return statistics.median(spent)


def say(what, value):
    print(f"{what}\t{value}", flush=True)


def measure_side(kind, options):
    """Prints what was measured as it comes, and at the end of each part the memory."""
    side = kind(options.folder, options)
    server = Server(side.serve(free_port()), options.limit)
    chromium = browser.Browser()
    chromium.page().context.close()  # the first one pays for what all use
    try:
        measure_loads(chromium, server, side, options)
        say("memory", server.peak_mb())
        spent = measure_updates(chromium, server, side, options)
        if spent is not None:
            say("update", spent)
        say("memory", server.peak_mb())
    finally:
        chromium.end()
        server.end()
        side.end()


def run_side(kind, options):
    """The same in a process of its own, which is ended after a while whatever it waits for."""
    with tempfile.TemporaryDirectory(prefix="hpo-bench-", dir=options.folder) as folder:
        child = subprocess.Popen(
            [sys.executable, *sys.argv, "--side", kind.name, "--folder", folder],
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        timer = threading.Timer(options.limit * 5, os.killpg, (child.pid, signal.SIGKILL))
        timer.start()
        found = dict(line.rstrip("\n").split("\t") for line in child.stdout)
        child.wait()
        timer.cancel()
    return {what: float(value) for what, value in found.items()}


ROWS = (("paint, server just started", "first paint, server just started", "ms", 1500),
        ("paint", "first paint", "ms", 1500),
        ("figure, server just started", "first figure, server just started", "ms", None),
        ("figure", "first figure", "ms", None),
        ("update", "server CPU of a live update", "ms", 100),
        ("memory", "server memory, peak", "MB", 100))


def show(value):
    return "-" if value is None else f"{value:,.0f}"


def large_study(options):
    found = {kind: run_side(kind, options) for kind in (Ours, Theirs)}
    print(f"{options.trials:,} trials, {options.trials * options.reports:,} reports")
    print(f"{'':40} {'':>3} {Ours.name:>10} {Theirs.name:>18} {'wanted':>8}")
    for key, text, unit, wanted in ROWS:
        print(f"{text:40} {unit:>3} {show(found[Ours].get(key)):>10} "
              f"{show(found[Theirs].get(key)):>18} {'< %d' % wanted if wanted else '':>8}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--trials", type=int, default=10000)
    add("--reports", type=int, default=20, help="of each trial")
    add("--loads", type=int, default=5)
    add("--updates", type=int, default=5)
    add("--limit", type=float, default=60, help="seconds for what may not end")
    add("--pages", type=int, default=0, help="measure a run that so many pages watch")
    add("--browsers", type=int, default=0,
        help="how many of them are real ones, which cost the machine what drawing costs")
    add("--rounds", type=int, default=5)
    add("--folder", default=None, help="where the stores are made; default: as for all that is temporary")
    add("--side", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sides = {kind.name: kind for kind in (Ours, Theirs)}
    if options.side:
        measure_side(sides[options.side], options)
    elif options.pages:
        web_pages.measure(options, sys.modules[__name__])
    else:
        large_study(options)


if __name__ == "__main__":
    browser.main(main)
