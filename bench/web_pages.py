"""A run that many pages watch, for web.py: what that costs the run, and what it costs the server.

A page is a client of the events that asks, on each event of the study, for what the page asks for:
the study, its workers, the trials that changed, the list of figures, and at most every two seconds
the two figures that are in view. They are one process; a few more are real browsers. These stand
for machines elsewhere, so they have a processor of their own where there are two; the run and the
server share another one.
"""
import asyncio
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
HPO = os.path.abspath(os.environ.get("HPO", ".build/cc/hpo"))

TASK = "for i in 1 2 3 4; do echo iteration=$i loss=$1$i; sleep 0.05; done"
TRIALS = 60


def study(name, store):
    return {"name": name, "store": store, "objectives": [{"series": "loss", "goal": "min"}],
            "parameters": [{"name": "x", "type": "float", "low": 1, "high": 9},
                           {"name": "k", "type": "categorical", "choices": ["a", "b"]}],
            "strategy": {"name": "random", "seed": 1},
            "limits": {"trials": TRIALS, "concurrent": 2},
            "task": {"command": ["sh", "-c", TASK, "sh", "{x}"]}}


# The pages ------------------------------------------------------------------------------


class Page:
    def __init__(self, port, name):
        self.port, self.name, self.next, self.events, self.drawn = port, name, "", 0, 0.0
        self.connection = None

    async def ask(self, path):
        """The answer's body, or None; on one connection that is kept, as a browser does."""
        if self.connection is None:
            self.connection = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.connection
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.split("content-length:")[1].split("\r", 1)[0])
        body = await reader.readexactly(size)
        return body if head.startswith("http/1.1 200") else None

    async def refresh(self):
        base = f"/api/studies/{self.name}"
        for rest in ("", "/resources", "/figures"):
            await self.ask(base + rest)
        columns = await self.ask(f"{base}/trials?since={self.next}")
        if columns is not None:
            self.next = json.loads(columns)["next"]
        if time.monotonic() - self.drawn >= 2:
            self.drawn = time.monotonic()
            for figure in ("history", "objective"):
                await self.ask(f"{base}/figures/{figure}?objective=0")

    async def live(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET /api/events?study={self.name} HTTP/1.1\r\n"
                     f"Host: 127.0.0.1:{self.port}\r\n\r\n".encode())
        while True:
            line = await reader.readline()
            if not line:
                return
            if line.startswith(b"event: "):
                self.events += 1
                if not line.startswith(b"event: gone"):
                    await self.refresh()


async def live_all(port, name, count):
    pages = [Page(port, name) for _ in range(count)]
    tasks = [asyncio.ensure_future(page.live()) for page in pages]
    loop = asyncio.get_running_loop()
    over = loop.create_future()
    loop.add_signal_handler(signal.SIGTERM, over.set_result, None)
    while not all(page.events for page in pages):
        await asyncio.sleep(0.05)
    print("open", flush=True)
    await over
    for task in tasks:
        task.cancel()
    print(sum(page.events for page in pages), flush=True)


# Processors -----------------------------------------------------------------------------

PROCESSORS = sorted(os.sched_getaffinity(0))


@contextlib.contextmanager
def elsewhere():
    """What is started here runs on the last processor, all else on the first."""
    os.sched_setaffinity(0, PROCESSORS[-1:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, PROCESSORS[:1])


# The runs -------------------------------------------------------------------------------


def prepare(folder, name, store):
    """A study that is there before it runs, so that pages can open on it."""
    path = os.path.join(folder, name + ".json")
    with open(path, "w") as f:
        json.dump(study(name, store), f)
    subprocess.run([HPO, "create", "--study", path], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    return path


def run(folder, path):
    """The seconds that a run takes."""
    began = time.monotonic()
    subprocess.run([HPO, "search", "--study", path, "--quiet"], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def watched(folder, name, store, options, web):
    """The time of a run with pages open, the server's processor time and the events that came."""
    server = web.Server([HPO, "ui", "--port", str(web.free_port()), "--store", store], 30)
    path = prepare(folder, name, store)
    pages = []
    with elsewhere():
        clients = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), str(server.port), name,
             str(options.pages - options.browsers)], text=True, stdout=subprocess.PIPE)
        chromium = web.browser.Browser() if options.browsers else None
    try:
        for _ in range(options.browsers):
            pages.append(chromium.page())
            pages[-1].goto(server.base + "/study/" + name)
            pages[-1].locator(".live.live").wait_for()
        clients.stdout.readline()
        before = server.cpu_s()
        took = run(folder, path)
        cpu = server.cpu_s() - before
        clients.terminate()
        events = int(clients.stdout.readline())
        return took, cpu, events / max(1, options.pages - options.browsers)
    finally:
        clients.kill()
        clients.wait()
        if chromium is not None:
            chromium.end()
        server.end()


def killed(folder, name, store, web):
    """Whether a run ends whole whose server is killed in the middle of it, with pages open."""
    server = web.Server([HPO, "ui", "--port", str(web.free_port()), "--store", store], 30)
    path = prepare(folder, name, store)
    listener = urllib.request.urlopen(server.base + "/api/events?study=" + name)
    driver = subprocess.Popen([HPO, "search", "--study", path, "--quiet"], cwd=folder,
                              stdout=subprocess.DEVNULL)
    time.sleep(2)
    server.process.kill()
    server.process.wait()
    listener.close()
    status = driver.wait(120)
    text = subprocess.run([HPO, "trials", name, "--json", "--store", store], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    trials = json.loads(text)["trials"]
    return (status == 0 and len(trials) == TRIALS
            and all(t["state"] == "completed" and t["attempt"] == 0 for t in trials))


def measure(options, web):
    alone, seen = [], []
    os.sched_setaffinity(0, PROCESSORS[:1])
    with tempfile.TemporaryDirectory(prefix="hpo-bench-", dir=options.folder) as folder:
        for i in range(options.rounds):
            store = "sqlite:" + os.path.join(folder, "%d.db" % i)
            alone.append(run(folder, prepare(folder, "alone", store)))
            seen.append(watched(folder, "watched", store, options, web))
        whole = killed(folder, "killed", "sqlite:" + os.path.join(folder, "killed.db"), web)
    without, with_pages = statistics.median(alone), statistics.median(s[0] for s in seen)
    print(f"{TRIALS} trials, two at once, {options.rounds} rounds, {options.pages} pages, "
          f"{options.browsers} of them in Chromium")
    print(f"the run with no page       {without:8.2f} s   ({min(alone):.2f} to {max(alone):.2f})")
    print(f"the run with pages         {with_pages:8.2f} s   "
          f"({min(s[0] for s in seen):.2f} to {max(s[0] for s in seen):.2f})")
    print(f"slower by                  {100 * (with_pages / without - 1):8.1f} %   wanted: < 2")
    print(f"server CPU                 {statistics.median(s[1] for s in seen):8.2f} s")
    print(f"events a page              {statistics.median(s[2] for s in seen):8.0f}")
    print(f"server killed in mid-run   {'the study ends whole' if whole else 'IT DOES NOT END WHOLE'}")


if __name__ == "__main__":
    asyncio.run(live_all(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
