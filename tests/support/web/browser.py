"""A real Chromium, driven by playwright, for the tests of the page.

Importing this runs the test again under the Python that has playwright, if this one has not.
"""
import os
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../../.."))
BUILD = os.path.dirname(os.path.abspath(os.environ.get("B", os.path.join(ROOT, ".build/cc"))))
AXE = os.path.join(BUILD, "npm/node_modules/axe-core/axe.min.js")
# No sandbox of its own: tests run as root. 3-D figures are drawn without a graphics card.
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
LIMIT_MS = int(os.environ.get("LIMIT_MS", 120_000))

try:
    from playwright.sync_api import TimeoutError, sync_playwright
except ImportError:
    TimeoutError = sync_playwright = None


def _python():
    return subprocess.run([os.path.join(ROOT, "scripts/venv"), os.path.join(BUILD, "web-venv"),
                           os.path.join(HERE, "requirements.txt")],
                          check=True, text=True, capture_output=True).stdout.strip()


def main(run=unittest.main):
    """unittest.main() under a Python that has playwright; skips where nothing can have it."""
    if sync_playwright is not None:
        run()
        return
    try:
        python = _python()
    except (OSError, subprocess.CalledProcessError) as e:
        if os.environ.get("CI"):
            raise
        print("skipped: playwright cannot be installed: %s" % e)
        print("Ran 0 tests in 0s\n\nOK")
        return
    os.execv(python, [python, "-B", *sys.argv])


def executable():
    """The system's Chromium; skips without one, or without the page that it would show."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    reason = None
    if found is None:
        reason = "there is no chromium"
    elif not os.path.exists(os.path.join(BUILD, "ui/app.js")):
        reason = "the page was left out of this build"
    if reason and not os.environ.get("CI"):
        raise unittest.SkipTest(reason)
    if reason:
        raise RuntimeError(reason)
    return found


class Browser:
    """A browser; page() opens a page that notes every error of its console."""

    def __init__(self, command=None):
        path = command or executable()
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=path, args=FLAGS)

    def page(self, width=1440, height=900, scheme="light", **options):
        context = self._browser.new_context(viewport={"width": width, "height": height},
                                            color_scheme=scheme, accept_downloads=True, **options)
        context.set_default_timeout(LIMIT_MS)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda message: page.faults.append(message.text)
                if message.type == "error" else None)
        return page

    def end(self):
        self._browser.close()
        self._playwright.stop()
