"""Runs a module of CPython's regression tests within a request: POST /test_json, with JSON about what to run.

The answer is a line of JSON for each event, as it comes, so that whoever reads them knows at which test a
sandbox has ended.
"""

import fnmatch
import importlib
import json
import os
import sys
import unittest

import lacking

#: The resources of libregrtest that there are. Without a list, tests would fetch from a network.
RESOURCES = ["decimal"]

#: Seconds that a test waits for what another thread is to do.
PATIENCE = 3


def app(environ, start_response):
    name = f"test.{environ['PATH_INFO'].strip('/')}"
    asked = json.load(environ["wsgi.input"])
    write = start_response("200 OK", [("Content-Type", "application/x-ndjson")])
    report = lambda *event: write(json.dumps(event).encode() + b"\n")  # noqa: E731
    try:
        prepare(name)
        tests = list(tests_of(unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name))))
    except unittest.SkipTest as reason:
        report("skipped", name, str(reason))
    except BaseException as error:
        report("failed", name, f"{type(error).__name__}: {error}")
    else:
        run(tests, asked["start"], asked["without"], report)
    report("end")
    return []


def prepare(name):
    """What libregrtest does before tests that rely on it, and what tests cannot find out by themselves."""
    from test import support
    from test.support import socket_helper, threading_helper

    os.chdir("/tmp")
    sys.argv = ["test"]
    support.use_resources = RESOURCES
    # Of waits that end in failure, where a thread never comes to do what is waited for.
    support.LOOPBACK_TIMEOUT = support.SHORT_TIMEOUT = support.LONG_TIMEOUT = PATIENCE
    # It takes all of WASI for a system without threads and sockets. Here both can be made.
    threading_helper.can_start_thread = True
    support.has_socket_support = True
    socket_helper.has_gethostname = True
    lacking.prepare(name)


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def run(tests, start, without, report):
    """Runs those from a number on, as a part may have run in a sandbox that ended, less these patterns."""
    chosen = unittest.TestSuite()
    for number, test in enumerate(tests):
        test.number = number
        if any(fnmatch.fnmatchcase(test.id(), pattern) for pattern in without):
            if number >= start:
                report("failed", test.id(), "not run")
        elif number >= start:
            chosen.addTest(test)
    chosen.run(Reporting(report))


class Reporting(unittest.TestResult):
    """Reports what becomes of each test."""

    def __init__(self, report):
        super().__init__()
        self.report = report

    def startTest(self, test):
        super().startTest(test)
        self.report("start", identifier(test), test.number)

    def addSuccess(self, test):
        self.report("passed", identifier(test))

    def addExpectedFailure(self, test, error):
        self.report("passed", identifier(test))

    def addSkip(self, test, reason):
        self.report("skipped", identifier(test), reason)

    def addUnexpectedSuccess(self, test):
        self.report("failed", identifier(test), "unexpected success")

    def addFailure(self, test, error):
        self.report("failed", identifier(test), self.told(error))

    addError = addFailure

    def addSubTest(self, test, subtest, error):
        if error:
            self.report("failed", identifier(test), self.told(error))

    def told(self, error):
        """Of a traceback what is last: the exception, and where it came from."""
        kind, value, trace = error
        while trace.tb_next:
            trace = trace.tb_next
        where = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        return f"{kind.__name__}: {value}".replace("\n", " ")[:300] + f" ({where})"


def identifier(test):
    """Of the test itself, where it is a part of one (subTest)."""
    return (test.test_case if isinstance(test, unittest.case._SubTest) else test).id()
