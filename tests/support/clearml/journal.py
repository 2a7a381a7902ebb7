"""The list of all requests, for tests that count and look at traffic. It holds no credentials."""
import fnmatch
import json
import threading
import time

MAX_BODY = 50000


class Journal:
    def __init__(self, path=None):
        self._lock = threading.Lock()
        self._entries = []
        self._n = 0
        self._file = open(path, "a", buffering=1) if path else None
        self.bodies = False

    def add(self, entry, body=b""):
        entry["time"] = round(time.time(), 3)
        if self.bodies:
            entry["body"] = body[:MAX_BODY].decode("utf-8", "replace")
        with self._lock:
            self._n += 1
            entry["n"] = self._n
            self._entries.append(entry)
            if self._file:
                self._file.write(json.dumps(entry) + "\n")

    def clear(self):
        with self._lock:
            self._entries = []

    def list(self, since=0, endpoint="*", client=""):
        with self._lock:
            return [e for e in self._entries if e["n"] > since
                    and fnmatch.fnmatchcase(e["endpoint"], endpoint) and client in e["client"]]

    def counts(self, since=0, client=""):
        counts = {}
        for entry in self.list(since, client=client):
            counts[entry["endpoint"]] = counts.get(entry["endpoint"], 0) + 1
        return counts
