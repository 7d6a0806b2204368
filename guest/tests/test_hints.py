"""What errors do not say themselves."""

import sqlite3
import sys
import unittest

from wasgi_guest.hints import hint
from wasgi_guest.layout import PACKAGES

from .fake import run


class Platform(unittest.TestCase):
    def test_a_table_without_this_platform(self):
        self.assertIn("sys.platform = 'linux'", hint(KeyError(sys.platform)))
        for error in (KeyError("other"), KeyError(), ValueError(sys.platform), KeyError(7)):
            self.assertIsNone(hint(error))

    def test_a_request_that_fails_of_it_tells_it_in_the_log(self):
        def application(environ, start_response):
            return {"amiga": 1}[sys.platform]

        self.assertIn(f"does not know {sys.platform!r}", run(application).log)


class Sources(unittest.TestCase):
    READING = """
import inspect, sys


def caller():
    return inspect.getframeinfo(sys._getframe(1)).code_context[0]
"""

    def test_a_package_that_reads_them_where_there_are_none(self):
        for path, expected in [(f"{PACKAGES}tool/__init__.py", "--sources all"), ("/app/tool.py", None)]:
            names = {}
            exec(compile(self.READING, path, "exec"), names)
            try:
                eval(compile("caller()", path, "eval"), names)
            except TypeError as error:
                told = hint(error)
            self.assertTrue(expected in told if expected else told is None, told)

    def test_other_errors_of_packages(self):
        names = {}
        exec(compile("def fails(nothing=None):\n    return nothing[0]", f"{PACKAGES}tool.py", "exec"), names)
        with self.assertRaises(TypeError) as raised:
            names["fails"]()
        self.assertIsNone(hint(raised.exception))


class Databases(unittest.TestCase):
    def test_one_that_is_not_there_and_one_that_is_packed(self):
        self.assertIn("--include", hint(sqlite3.OperationalError("unable to open database file")))
        self.assertIn(
            "can only be read", hint(sqlite3.OperationalError("attempt to write a readonly database"))
        )
        for error in (
            sqlite3.OperationalError("no such table: x"),
            sqlite3.OperationalError(),
            OSError("unable to open database file"),
        ):
            self.assertIsNone(hint(error))

    def test_as_the_cause_of_another_exception(self):
        def application(environ, start_response):
            try:
                sqlite3.connect("/no such folder/a.db")
            except sqlite3.Error as error:
                raise LookupError from error

        self.assertIn("in a directory that is granted", run(application).log)


if __name__ == "__main__":
    unittest.main()
