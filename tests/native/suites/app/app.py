"""Runs tests of a package by pytest within a request: POST / with JSON about what to run.

The answer is a line of JSON for each event, as it comes, so that whoever reads them knows at which test a
sandbox has ended. As a program it runs them natively: app.py JSON.
"""

import fnmatch
import importlib
import json
import os
import sys
import tempfile
import time
import types

import pytest

#: Plugins are those that are named, so that both sides have the same.
OPTIONS = ["-p", "no:cacheprovider", "-p", "no:faulthandler", "--tb=short"]
#: Exit codes of pytest: its tests passed, some failed, a module could not be collected, there were none.
TOLD = (0, 1, 2, 5)
#: Seconds for the first event to go out: where a sandbox ends at once, an error is answered in its place.
HEADSTART = 0.2


def app(environ, start_response):
    asked = json.load(environ["wsgi.input"])
    write = start_response("200 OK", [("Content-Type", "application/x-ndjson")])
    run(asked, lambda *event: write(json.dumps(event).encode() + b"\n"))
    return []


def run(asked, report):
    """Runs the tests of `module` in `folder`, and reports what becomes of each."""
    name = f"{asked['package']}/{asked['module']}"
    tempfile.tempdir = asked["temporary"]
    os.chdir(tempfile.gettempdir() if asked["writes"] else asked["folder"])
    os.environ |= asked["environment"]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    if not os.path.exists(os.devnull):
        # pytest's file of a log that nobody wants, and of an input that nobody gives.
        os.devnull = "/tmp/null"
        open(os.devnull, "w").close()
    reporting = Reporting(asked, report)
    for lacking in asked["lacking"]:
        stand_in(lacking, reporting)
    module = f"{asked['folder']}/{asked['module']}"
    words = [*OPTIONS, *asked["options"], "--rootdir", asked["folder"], module]
    try:
        code = pytest.main(words, plugins=[reporting])
        if code not in TOLD:
            report("failed", name, f"pytest ended with {code!r}")
    except BaseException as error:
        report("failed", name, f"{type(error).__name__}: {error}")
    report("end")


def stand_in(module, reporting):
    """Where a module that a package compiles for its tests alone is not there, tests that call it fail.

    Modules of tests may make something of it as they are loaded.
    """
    try:
        importlib.import_module(module)
    except ImportError as error:
        why = str(error)

        class Refused:
            def __new__(cls, *_args, **_kwargs):
                if not reporting.has_collected:
                    return super().__new__(cls)
                raise NotImplementedError(why)

        def give(name):
            if name.startswith("__"):
                raise AttributeError(name)
            return Refused

        sys.modules[module] = stands = types.ModuleType(module)
        stands.__getattr__ = give
        parent, _, name = module.rpartition(".")
        setattr(sys.modules[parent], name, stands)


class Reporting:
    """A plugin: runs tests from a number on, as a part may have run in a sandbox that ended."""

    def __init__(self, asked, report):
        self.asked, self.report = asked, report
        self.numbers = {}
        self.became = None
        self.has_collected = False

    def identifier(self, node):
        return f"{self.asked['package']}/{node}"

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        start, without = self.asked["start"], self.asked["without"]
        self.has_collected, chosen = True, []
        for number, item in enumerate(items):
            identifier = self.identifier(item.nodeid)
            if any(fnmatch.fnmatchcase(identifier, pattern) for pattern in without):
                if number >= start:
                    self.report("failed", identifier, "not run")
            elif number >= start:
                self.numbers[item.nodeid] = number
                chosen.append(item)
        items[:] = chosen

    def pytest_collectreport(self, report):
        if report.failed:
            self.report("failed", self.identifier(report.nodeid), told(report))
        elif report.skipped:
            self.report("skipped", self.identifier(report.nodeid), told(report))

    def pytest_runtest_logstart(self, nodeid):
        self.became = None
        self.report("start", self.identifier(nodeid), self.numbers[nodeid])
        if self.numbers[nodeid] == min(self.numbers.values()):
            time.sleep(HEADSTART)

    def pytest_runtest_logreport(self, report):
        """Of set-up, test and tear-down, and of parts of a test, what failed decides."""
        if report.failed and not (self.became and self.became[0] == "failed"):
            self.became = ("failed", told(report))
        elif report.skipped and not self.became:
            expected = hasattr(report, "wasxfail")
            self.became = ("passed", "") if expected else ("skipped", told(report))
        elif report.when == "call" and not self.became:
            self.became = ("passed", "")

    def pytest_runtest_logfinish(self, nodeid):
        kind, text = self.became or ("failed", "nothing was reported")
        self.report(kind, self.identifier(nodeid), text)


def told(report):
    """Of a traceback what is last, and where that was; of a skipped test the reason."""
    about = report.longrepr
    if isinstance(about, tuple):
        return about[2].removeprefix("Skipped: ")
    crash = getattr(about, "reprcrash", None)
    if crash is None:
        return " ".join(str(about).split())[-300:]
    return f"{' '.join(crash.message.split())[:300]} ({os.path.basename(crash.path)}:{crash.lineno})"


if __name__ == "__main__":
    events = os.fdopen(os.dup(1), "w")
    # Whatever tests print is none of them.
    os.dup2(2, 1)
    run(json.loads(sys.argv[1]), lambda *event: print(json.dumps(event), file=events, flush=True))
