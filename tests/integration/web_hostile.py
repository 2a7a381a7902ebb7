"""The server of `hpo ui` among enemies: other sites, odd requests, odd stores, many at once."""
import json
import os
import random
import resource
import signal
import socket
import sqlite3
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import disk  # noqa: E402
from support.web.client import Case, Events, study  # noqa: E402

JSON = {"Content-Type": "application/json"}


class Guard(Case):
    def test_a_name_that_is_not_ours_is_refused(self):
        for host in ("evil.com", "evil.com:%d" % self.port, "127.0.0.1", "127.0.0.1:1",
                     "localhost.evil.com:%d" % self.port, "", "127.0.0.1:%d@evil" % self.port,
                     "127.0.0.1:%d" % (self.port + 2 ** 32)):
            status, _, data = self.raw("GET", "/api/info", headers={"Host": host})
            self.assertIn(status, (400, 421), host)
            self.assertNotIn(b"strategies", data)
        for host in ("localhost:%d" % self.port, "127.0.0.1:%d" % self.port):
            self.assertEqual(self.raw("GET", "/api/info", headers={"Host": host})[0], 200)

    def test_another_site_starts_nothing(self):
        body = json.dumps({"study": study(), "start": True})
        own = "http://127.0.0.1:%d" % self.port
        for headers, wanted in (
                ({"Origin": "http://evil.com", **JSON}, 403),
                ({"Origin": "null", **JSON}, 403),
                ({"Origin": "https://127.0.0.1:%d" % self.port, **JSON}, 403),
                ({"Origin": "http://127.0.0.1:1", **JSON}, 403),
                ({"Sec-Fetch-Site": "cross-site", **JSON}, 403),
                ({"Sec-Fetch-Site": "same-site", **JSON}, 403),
                ({"Origin": own, "Content-Type": "text/plain"}, 415),
                ({"Origin": own, "Content-Type": "application/x-www-form-urlencoded"}, 415),
                ({"Origin": own}, 415)):
            self.assertEqual(self.raw("POST", "/api/studies", body, headers)[0], wanted, headers)
        self.assertEqual(self.get("/studies")["studies"], [])
        self.assertEqual(self.get("/runs")["runs"], [])
        # Nor does it read: no answer bears a header that would let it.
        status, headers, _ = self.raw("OPTIONS", "/api/studies",
                                      headers={"Origin": "http://evil.com"})
        self.assertEqual(status, 403)
        self.assertFalse([h for h in headers if h.lower().startswith("access-control")])
        self.assertEqual(self.raw("GET", "/api/studies",
                                  headers={"Sec-Fetch-Site": "cross-site"})[0], 403)

    def test_commands_need_the_token_and_reading_does_not(self):
        body = json.dumps({"study": study()})
        for method, path in (("POST", "/api/studies"), ("DELETE", "/api/studies/s"),
                             ("PATCH", "/api/studies/s"), ("POST", "/api/studies/s/stop"),
                             ("POST", "/api/studies/s/trials/0/stop")):
            status, _, data = self.raw(method, path, body, JSON, token=False)
            self.assertEqual(status, 403, path)
            self.assertIn("--allow-launch", json.loads(data)["error"]["message"])
        for token in ("", "x", self.token[:-1], self.token + "0"):
            self.assertEqual(self.raw("POST", "/api/studies", body,
                                      {"Authorization": "Bearer " + token, **JSON},
                                      token=False)[0], 403)
        self.assertFalse(self.get("/info", token=False)["can_launch"])
        self.assertTrue(self.get("/info")["can_launch"])
        self.call("POST", "/validate", study(), token=False)

    def test_the_url_of_the_start_becomes_a_cookie(self):
        status, headers, _ = self.raw("GET", "/study/x?token=" + self.token, token=False)
        self.assertEqual((status, headers["Location"]), (303, "/study/x"))
        cookie = headers["Set-Cookie"]
        self.assertIn("HttpOnly", cookie)
        self.assertIn("SameSite=Strict", cookie)
        self.assertNotIn(self.token, cookie)
        # The cookies of servers on other ports reach this one too, and must not stand in its place.
        given = {"Cookie": cookie.split(";")[0] + "; hpo_session_1=other"}
        self.assertIn("_%d=" % self.port, cookie)
        self.assertTrue(self.get("/info", headers=given, token=False)["can_launch"])
        self.assertEqual(self.raw("GET", "/?token=wrong", token=False)[0], 401)
        # Not out of the house, whatever the path looks like.
        for path in ("//evil.com/?token=", "/%5cevil.com/?token=", "/\\evil.com/?token="):
            status, headers, _ = self.raw("GET", path + self.token, token=False)
            self.assertFalse((headers["Location"] or "/").startswith(("//", "/\\", "http")), path)

    def test_another_address_needs_the_token_for_all(self):
        self.end(self.server)
        self.start("--address", "0.0.0.0", "--host-name", "127.0.0.1", "--allow-launch")
        self.assertEqual(self.raw("GET", "/api/studies", token=False)[0], 401)
        self.assertEqual(self.raw("GET", "/api/events", token=False)[0], 401)
        self.assertEqual(self.raw("GET", "/", token=False)[0], 401)
        self.assertEqual(self.raw("GET", "/api/studies")[0], 200)

    def test_allow_launch_lets_this_machine_command(self):
        self.end(self.server)
        self.start("--allow-launch")
        self.call("POST", "/studies", {"study": study()}, status=201, token=False)

    def test_the_token_is_in_no_output(self):
        self.raw("GET", "/?token=" + self.token, token=False)
        self.get("/studies")
        self.end_and_read()

    def end_and_read(self):
        self.server.terminate()
        out, err = self.server.communicate(timeout=30)
        self.assertNotIn(self.token, out + err)


class Requests(Case):
    def send(self, data, wait=60):
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as s:
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                out = b""
                while True:
                    piece = s.recv(65536)
                    if not piece:
                        return out
                    out += piece
            except OSError:
                return b""

    def alive(self):
        self.assertIsNone(self.server.poll(), "the server ended")
        self.assertEqual(self.raw("GET", "/api/info")[0], 200)

    def test_odd_requests_are_answered_or_dropped(self):
        numbers = random.Random(5)
        parts = ["api", "studies", "s", "..", ".", "%2e%2e", "%00", "%", "%zz", "trials", "0", "-1",
                 "99999999999999999999", "figures", "log", "'", "\"", "<b>", "a" * 3000, "", "~"]
        for _ in range(400):
            path = "/" + "/".join(numbers.choice(parts) for _ in range(numbers.randint(0, 9)))
            method = numbers.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "TRACE", "X"])
            status, _, data = self.raw(method, path.encode().decode("latin-1"), None,
                                       {"Content-Type": "application/json"})
            self.assertLess(status, 500, (method, path))
            self.assertNotIn(b"root:", data)
        for _ in range(100):
            self.send(bytes(numbers.randrange(256) for _ in range(numbers.randint(1, 400))), 2)
        self.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX: %s\r\n\r\n"
                  % (self.port, b"a" * 100000))
        self.alive()

    def test_addresses_are_bounded(self):
        for count in (33, 300, 500, 1000):
            status, headers, data = self.raw("GET", "/api/studies?" + "&".join(
                "a%d=1" % i for i in range(count)))
            self.assertEqual(status, 414, count)
            self.assertIn("32 arguments", json.loads(data)["error"]["message"])
            self.assertEqual(headers["Connection"], "close")
        for length in (8100, 16000):
            self.assertEqual(self.raw("GET", "/api/studies?a=" + "b" * length)[0], 414, length)
        self.assertEqual(self.raw("GET", "/api/studies?a=" + "b" * 6000)[0], 200)
        self.assertEqual(self.raw("GET", "/api/studies?" + "&" * 31 + "a=1")[0], 200)
        self.alive()

    def test_bodies_are_bounded(self):
        head = ("POST /api/validate HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: "
                "application/json\r\n" % self.port)
        self.assertIn(b" 413 ", self.send((head + "Content-Length: 999999999\r\n\r\n").encode()))
        self.assertIn(b" 413 ", self.send(
            (head + "Content-Length: 99999999999999999999\r\n\r\n").encode()) or b" 413 ")
        chunks = b"".join(b"10000\r\n" + b" " * 65536 + b"\r\n" for _ in range(70))
        said = self.send((head + "Transfer-Encoding: chunked\r\n\r\n").encode() + chunks +
                         b"0\r\n\r\n")
        self.assertTrue(said == b"" or b" 413 " in said, said[:200])
        for body in (b"{", b"[]", b"nonsense", b"{\"a\":1,\"a\":2}", b"[" * 5000,
                     b"{\"name\":\"\xff\"}", b""):
            status = self.raw("POST", "/api/validate", body, JSON)[0]
            self.assertIn(status, (200, 400), body[:20])
        self.alive()

    def test_a_study_file_is_bounded_by_what_it_takes_to_read(self):
        file = study()
        file["parameters"][1]["choices"] = ["c%d" % i for i in range(250000)]

        said = self.call("POST", "/validate", file, token=False)

        self.assertFalse(said["valid"])
        self.assertIn("over 20000 values", said["message"])
        self.call("POST", "/studies", {"study": file}, status=400)

    def test_logs_are_only_those_of_trials(self):
        os.makedirs(os.path.join(self.dir, "logs"))
        secret = os.path.join(self.dir, "secret")
        with open(secret, "w") as f:
            f.write("root: secret")
        os.symlink(secret, os.path.join(self.dir, "logs", "0.log"))
        os.mkfifo(os.path.join(self.dir, "logs", "1.log"))
        file = study()
        file["task"]["log_dir"] = "logs"
        self.call("POST", "/studies", {"study": file}, status=201)
        for number in ("0", "1", "..%2f..%2fsecret", "%2fetc%2fpasswd", "0%00", "1.log"):
            status, _, data = self.raw("GET", "/api/studies/s/trials/%s/log" % number)
            self.assertIn(status, (400, 404), number)
            self.assertNotIn(b"secret", data)

    def test_a_slow_client_is_cut_and_delays_nobody(self):
        slow = socket.create_connection(("127.0.0.1", self.port))
        self.addCleanup(slow.close)
        slow.settimeout(60)
        slow.sendall(b"GET /api/info HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % self.port)
        began = time.monotonic()
        try:
            while time.monotonic() - began < 50:
                slow.sendall(b"X-a: b\r\n")
                took = time.monotonic()
                self.alive()
                self.assertLess(time.monotonic() - took, 10)
                time.sleep(1)
            self.fail("it was never cut")
        except OSError:
            pass
        self.assertGreater(time.monotonic() - began, 5)

    def resident_mb(self):
        with open("/proc/%d/status" % self.server.pid) as f:
            return int(f.read().split("VmRSS:")[1].split()[0]) / 1024

    def test_ten_thousand_connections_delay_others_no_longer_than_a_moment(self):
        wanted = 10000
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 500, max(limits[1], wanted + 500)))
        except (OSError, ValueError):
            wanted = limits[0] - 100  # one who may not have more
        before = self.resident_mb()
        held = []
        self.addCleanup(lambda: [s.close() for s in held])
        for _ in range(wanted):
            s = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            s.setblocking(False)
            held.append(s)
            try:
                s.send(b"G")
            except OSError:
                pass  # cut already, to make room
            if len(held) % 1000 == 0:
                self.alive()
        self.assertEqual(len(held), wanted)
        self.alive()
        self.assertLess(self.resident_mb() - before, 40)

    def test_many_listeners_are_bounded(self):
        held = []
        self.addCleanup(lambda: [s.close() for s in held])
        answers = {}
        for _ in range(520):
            s = socket.create_connection(("127.0.0.1", self.port), timeout=120)
            held.append(s)
            s.sendall(b"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % self.port)
            first = s.recv(12).decode()
            answers[first] = answers.get(first, 0) + 1
        self.assertEqual(answers, {"HTTP/1.1 200": 500, "HTTP/1.1 503": 20})
        self.alive()


class Stores(Case):
    def sql(self, text, *values):
        with sqlite3.connect(os.path.join(self.dir, "hpo.db"), timeout=30) as db:
            db.execute(text, values)
        db.close()

    def everything(self, name="s"):
        seen = b""
        for path in ("", "/trials", "/trials/0", "/figures", "/top", "/export",
                     "/export?format=csv", "/resources", "/figures/history", "/figures/slice",
                     "/figures/timeline", "/figures/parallel", "/figures/intermediate"):
            status, _, data = self.raw("GET", "/api/studies/%s%s" % (name, path))
            seen += data
        return seen + self.raw("GET", "/api/studies")[2]

    def test_names_are_never_html(self):
        evil = "<img src=x onerror=alert(1)>"
        file = study(trials=2, sleep="0")
        file["parameters"][1]["choices"] = [evil, "b"]
        file["objectives"][0]["series"] = "loss"
        file["parameters"][0]["name"] = "x"
        file["name"] = evil
        self.search(file)
        quoted = "".join("%%%02X" % b for b in evil.encode())
        for figure in ("history", "slice", "contour", "rank", "objective"):
            text = self.raw("GET", "/api/studies/%s/figures/%s" % (quoted, figure))[2].decode()
            self.assertNotIn("<img", text)
        for path in ("", "/trials", "/figures/slice"):
            status, headers, _ = self.raw("GET", "/api/studies/" + quoted + path)
            self.assertEqual(status, 200)
            self.assertEqual(headers["Content-Type"], "application/json; charset=utf-8")
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        status, _, page = self.raw("GET", "/api/studies/%s/report.html" % quoted)
        self.assertNotIn(b"<img", page)

    def test_rows_that_cannot_be_do_not_end_it(self):
        self.search(study(trials=3, sleep="0"))
        for text, values in (
                ("UPDATE trials SET attributes = ?", ("{\"note\": \"" + "x" * 1000000 + "\"}",)),
                ("UPDATE trials SET reason = ?", (b"\xff\xfe\x00<b>",)),
                ("UPDATE trials SET ran_by = ?", ("\x1b[31m" + "y" * 100000,)),
                ("UPDATE trials SET ended_s = ?", (9e300,)),
                ("UPDATE trials SET started_s = ?", (-1e308,)),
                ("UPDATE trials SET iteration = ?", (2 ** 62,)),
                ("UPDATE studies SET attributes = ?", ("no json",)),
                ("UPDATE trials SET attributes = ?", ("[]",)),
                ("UPDATE trials SET results = ?", ("[NaN]",)),
                ("UPDATE trials SET params = ?", ("{",)),
                ("UPDATE trials SET state = ?", (77,)),
                ("UPDATE definitions SET definition = ?", ("{}",))):
            self.sql(text, *values)
            self.sql("UPDATE trials SET revision = revision + 1000")
            self.sql("UPDATE studies SET revision = revision + 1000")
            self.everything()
            self.assertIsNone(self.server.poll(), text)
        row, = self.get("/studies")["studies"]
        self.assertIn("error", row)

    def test_five_hundred_parameters_are_only_slow(self):
        file = study(trials=3, sleep="0")
        file["parameters"] += [{"name": "p%d" % i, "type": "float", "low": 0, "high": 1}
                               for i in range(500)]
        file["task"]["command"] = ["sh", "-c", "echo loss=1"]
        self.search(file)
        self.everything()
        self.assertEqual(len(self.get("/studies/s/trials")["params"]), 502)

    def test_a_store_that_is_removed_or_replaced_is_noticed(self):
        path = os.path.join(self.dir, "hpo.db")
        aside = os.path.join(self.dir, "aside")
        self.search(study(trials=2, sleep="0"))
        events = Events(self)
        self.everything()

        def move(old, new):
            for end in ("", "-wal", "-shm"):
                if os.path.exists(old + end):
                    os.rename(old + end, new + end)
        move(path, aside)
        said = self.wait_for(lambda: next((d for s, _, d in (self.raw("GET", "/api/studies"),)
                                           if s != 200), None))
        self.assertIn("not there any more", json.loads(said)["error"]["message"])
        while events.next()[0] != "studies":
            pass
        self.assertNotEqual(self.raw("GET", "/api/studies/s")[0], 200)
        self.call("POST", "/studies", {"study": study("t")}, status=503)
        self.assertFalse(os.path.exists(path))

        with open(path, "wb") as f:
            f.write(os.urandom(10000))
        self.assertIn("not a database", json.loads(self.raw("GET", "/api/studies")[2])["error"]["message"])
        os.remove(path)
        self.search(study("other", trials=2, sleep="0"))
        self.assertEqual([s["name"] for s in self.get("/studies")["studies"]], ["other"])
        move(path, path + ".other")
        move(aside, path)
        self.assertEqual([s["name"] for s in self.get("/studies")["studies"]], ["s"])
        self.assertEqual(self.get("/studies/s")["count"], 2)
        self.assertIsNone(self.server.poll())

    def test_what_a_full_disk_cannot_keep_is_said(self):
        with disk.small(self) as small:
            self.server.send_signal(signal.SIGTERM)
            self.start("--store", "sqlite:%s/hpo.db" % small)
            self.call("POST", "/studies", {"study": study()}, status=201)
            disk.fill(small)
            for method, path, body in (
                    ("POST", "/studies/s/stop", {}), ("POST", "/studies/s/pause", {}),
                    ("POST", "/studies/s/start", {}), ("PATCH", "/studies/s", {"note": "n"}),
                    ("PATCH", "/studies/s", {"limits": {"trials": 9}}),
                    ("POST", "/studies/s/trials", {"params": {"x": 1, "k": "a"}}),
                    ("POST", "/studies", {"study": study("t"), "start": True}),
                    ("DELETE", "/studies/s", None)):
                error = self.call(method, path, body, status=503)["error"]
                self.assertEqual(error["code"], "store", path)
                self.assertIn("%s/hpo.db': the disk is full" % small, error["message"], path)
            self.assertEqual([s["name"] for s in self.get("/studies")["studies"]], ["s"])

            os.remove(os.path.join(small, "fill"))
            self.call("POST", "/studies/s/stop", {}, status=202)
            self.assertEqual(self.get("/studies/s")["state"], "stopped")
            self.end(self.server)

    def test_a_study_that_vanishes_is_gone(self):
        self.search(study(trials=2, sleep="0"))
        self.everything()
        stop = threading.Event()

        def delete():
            time.sleep(0.2)
            self.hpo("delete", "s", "--yes")
            stop.set()
        thread = threading.Thread(target=delete)
        thread.start()
        while not stop.is_set():
            self.everything()
        thread.join()
        self.wait_for(lambda: self.raw("GET", "/api/studies/s")[0] == 404)
        self.assertEqual(self.get("/studies")["studies"], [])


if __name__ == "__main__":
    unittest.main()
