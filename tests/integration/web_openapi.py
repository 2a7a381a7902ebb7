"""The OpenAPI document holds for every route: schemathesis asks, from the document alone.

SCHEMATHESIS is the command; without it scripts/web-venv gets it from PyPI.
"""
import json
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from support.web.client import Case, study  # noqa: E402

ROOT = os.path.join(HERE, "..", "..")

# What is there, so that not all is "not found".
CONFIG = """
[parameters]
"path.study" = "s"
"path.number" = 1
"""


def schemathesis():
    given = os.environ.get("SCHEMATHESIS")
    if given:
        return given
    done = subprocess.run([os.path.join(ROOT, "scripts", "web-venv")], text=True,
                          stdout=subprocess.PIPE, check=True)
    return done.stdout.strip()


class Document(Case):
    def test_the_document_holds(self):
        self.search(study(trials=5, sleep="0"))
        document = self.get("/openapi.json")
        # A stream does not end, and the report's page is no JSON.
        del document["paths"]["/api/events"]
        path = os.path.join(self.dir, "openapi.json")
        with open(path, "w") as f:
            json.dump(document, f)
        with open(os.path.join(self.dir, "schemathesis.toml"), "w") as f:
            f.write(CONFIG)
        done = subprocess.run(
            [schemathesis(), "run", path, "--url", "http://127.0.0.1:%d" % self.port,
             "-H", "Authorization: Bearer " + self.token,
             "-H", "Content-Type: application/json", "--seed", "3", "--max-examples", "12",
             # How quickly they are made up, and how large they are, says nothing of the server.
             "--suppress-health-check", "all", "--request-timeout", "120",
             "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
             "response_headers_conformance,response_schema_conformance",
             "--phases", "examples,fuzzing", "--no-color"],
            cwd=self.dir, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900)
        self.assertIsNone(self.server.poll(), "the server ended")
        self.assertEqual(done.returncode, 0, done.stdout[-6000:])

    def test_the_document_has_every_route_and_no_other(self):
        with open(os.path.join(ROOT, "web", "server", "route.c")) as f:
            source = f.read()
        served = {(m, re.sub(r"\{s\}", "{study}", p).replace("{n}", "{number}")
                   .replace("{f}", "{figure}"))
                  for m, p in re.findall(r'\{"([A-Z]+)", "(/api[^"]*)"', source)}
        document = self.get("/openapi.json")
        said = {(m.upper(), p) for p, item in document["paths"].items() for m in item}
        self.assertEqual(served, said)


if __name__ == "__main__":
    unittest.main()
