"""Waiting for what happens, rather than for a time in which it should have happened.

A limit is there to end a test that hangs: no machine is so busy that it counts.
"""
import os
import time

LIMIT_S = 120


def wait_until(condition, seconds=LIMIT_S):
    """Whether a condition has come true; what it was at last."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def processes_with(marker):
    """Pids of live processes that bear `marker` in their environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if marker.encode() not in f.read():
                    continue
            with open(f"/proc/{pid}/stat", "rb") as f:
                if f.read().rsplit(b")", 1)[1].split()[0] != b"Z":
                    found.append(int(pid))
        except OSError:
            pass
    return found


def _is_pending(pid, number):
    try:
        with open("/proc/%d/status" % pid) as f:
            fields = dict(line.split(":", 1) for line in f if ":" in line)
    except OSError:
        return False
    return bool(int(fields["ShdPnd"], 16) >> (number - 1) & 1)


def signal_and_wait(process, number):
    """Sends a signal and returns once it was taken: two of a kind at once would be only one."""
    process.send_signal(number)
    if not wait_until(lambda: process.poll() is not None or not _is_pending(process.pid, number)):
        raise AssertionError("signal %d is not taken" % number)
    time.sleep(0.1)  # for its handler, which is a few instructions
