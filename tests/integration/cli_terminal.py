"""The command hpo at a terminal: signals, and what is drawn."""
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support.command import HPO  # noqa: E402
from support.trainers import SPACE, Case  # noqa: E402
from support.waiting import LIMIT_S, signal_and_wait  # noqa: E402

# Ends once the file is there that is named for the trial, or for all of them.
HELD = """#!/bin/sh
i=0
while [ ! -e go.$HPO_TRIAL ] && [ ! -e go.all ]; do
	i=$((i + 1)); [ $i -lt 2000 ] || exit 1
	sleep 0.05
done
echo loss=$HPO_TRIAL
"""


class Interrupted(Case):
    def setUp(self):
        super().setUp()
        # Under nohup it is ignored, and a child inherits that.
        self.addCleanup(signal.signal, signal.SIGHUP,
                        signal.signal(signal.SIGHUP, signal.SIG_DFL))

    def start(self, *args, number=signal.SIGINT):
        process = subprocess.Popen(
            [HPO, "search", *SPACE, "--trials", "1000", "--concurrent", "2", "--name", "s", *args,
             "--", "./slow.sh"], cwd=self.dir, env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3):
            process.stderr.readline()
        if number:
            signal_and_wait(process, number)
        return process

    def test_the_first_signal_ends_in_order_and_the_same_command_resumes(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = self.start(number=number)
            _, err = process.communicate(timeout=LIMIT_S)

            self.assertEqual(process.returncode, 130)
            self.assertIn("resumes", err)
            states = {t["state"] for t in self.json("trials", "s", "--json")["trials"]}
            self.assertLessEqual(states, {"completed", "waiting"})
        count = len(self.json("trials", "s", "--json")["trials"]) + 2
        self.hpo("search", "--name", "s", "--trials", str(count))
        trials = self.json("trials", "s", "--json")["trials"]
        self.assertEqual([t["state"] for t in trials], ["completed"] * count)

    def test_json_is_printed_all_the_same(self):
        process = self.start("--json")
        out, _ = process.communicate(timeout=LIMIT_S)

        self.assertEqual(process.returncode, 130)
        self.assertEqual(json.loads(out)["ended"], "interrupted")

    def test_the_second_signal_ends_at_once(self):
        self.write("slow.sh", "#!/bin/sh\ntrap '' TERM\n"
                              "while [ $HPO_TRIAL -gt 3 ] && [ -e slow.sh ]; do sleep 0.1; done\n"
                              "echo loss=1\n", 0o755)
        process = self.start("--grace-seconds", "300")
        process.send_signal(signal.SIGINT)

        process.communicate(timeout=LIMIT_S)  # which is less than the time of grace
        self.assertEqual(process.returncode, 130)

    def test_stop_ends_a_run_and_a_new_search_takes_it_up(self):
        process = self.start(number=0)
        self.hpo("stop", "s")
        process.communicate(timeout=LIMIT_S)

        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.json("list", "--json")[0]["state"], "stopped")
        before = len(self.json("trials", "s", "--json")["trials"])
        self.assertLess(before, 1000)
        self.hpo("search", "--name", "s", "--trials", str(before + 2))
        self.assertEqual(len(self.json("trials", "s", "--json")["trials"]), before + 2)


class Terminal(Case):
    def on_terminal(self, width, *args, env=None, stdin=False, typed=b"", steps=()):
        """Run on a terminal of `width` columns; returns what it showed and the status.

        Each step is what must have been shown, and the file that is made then.
        """
        steps = list(steps)
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        process = subprocess.Popen([HPO, *args], cwd=self.dir, stderr=slave,
                                   stdin=slave if stdin else subprocess.DEVNULL,
                                   stdout=slave if env is None else subprocess.PIPE,
                                   env={**self.env, "TERM": "xterm", **(env or {})})
        os.close(slave)
        os.write(master, typed)
        shown = b""
        try:
            while data := os.read(master, 65536):
                shown += data
                while steps and re.search(steps[0][0], shown.decode("utf-8", "replace")):
                    self.write(steps.pop(0)[1], "")
        except OSError:
            pass
        if process.stdout:
            process.stdout.close()
        status = process.wait(timeout=LIMIT_S)
        os.close(master)
        return shown.decode(), status

    def progress(self, width, locale, command="./slow.sh", steps=()):
        return self.on_terminal(width, "search", *SPACE, "--trials", "6", "--concurrent", "2",
                                "--name", f"w{width}{locale}", "--", command,
                                env={"LC_ALL": locale}, steps=steps)[0]

    def test_the_progress_line_fits_any_width(self):
        for width in (20, 33, 60, 100, 200):
            shown = self.progress(width, "C.UTF-8")
            lines = [line.split("\x1b")[0] for line in shown.split("\r")]

            self.assertLess(max(map(len, lines)), width)
            self.assertTrue(any("/6" in line for line in lines))
            self.assertTrue(shown.endswith("\r\x1b[K"), repr(shown[-40:]))

    def test_a_wide_line_shows_bar_best_running_and_time_left(self):
        self.write("held.sh", HELD, 0o755)
        shown = self.progress(100, "C.UTF-8", "./held.sh", (
            (r"2 running", "go.0"), (r"best 0 \(trial 0\).*left", "go.all")))

        self.assertIn("\u2588", shown)
        self.assertRegex(shown, r"best 0 \(trial 0\)")
        self.assertRegex(shown, r"2 running")
        self.assertRegex(shown, r"\d:\d\d left")

    def test_the_bar_is_ascii_where_the_locale_is(self):
        shown = self.progress(100, "C")

        self.assertTrue(shown.isascii())
        self.assertIn("[#", shown)

    def test_it_is_redrawn_at_most_ten_times_a_second(self):
        begun = time.monotonic()
        shown = self.progress(80, "C")

        self.assertLessEqual(shown.count("\x1b[K"), 10 * (time.monotonic() - begun) + 3)

    def test_tables_are_cut_to_the_width(self):
        self.search(*SPACE, "--param", "long=choice(%s)" % ("q" * 90), "--trials", "3",
                    "--name", "s")

        for width in (20, 40):
            for command in (["trials", "s"], ["top", "s"], ["show", "s"], ["list"]):
                shown, status = self.on_terminal(width, *command)
                self.assertEqual(status, 0)
                self.assertLessEqual(max(map(len, shown.splitlines())), width, command)
                self.assertIn("\u2026", shown)

    def test_delete_asks(self):
        self.search(*SPACE, "--trials", "1", "--name", "s")

        shown, status = self.on_terminal(80, "delete", "s", stdin=True, typed=b"n\n")
        self.assertEqual(status, 1)
        self.assertIn("Delete study 's'", shown)
        shown, status = self.on_terminal(80, "delete", "s", stdin=True, typed=b"y\n")
        self.assertEqual(status, 0)
        self.assertEqual(self.json("list", "--json"), [])


if __name__ == "__main__":
    unittest.main()
