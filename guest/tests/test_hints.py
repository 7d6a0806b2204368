"""What errors do not say themselves."""

import sqlite3
import sys
import unittest

from wasgi_guest.hints import hint

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


class Databases(unittest.TestCase):
    def test_one_that_is_not_there_and_one_that_is_packed(self):
        self.assertIn("--include", hint(sqlite3.OperationalError("unable to open database file")))
        self.assertIn("can only be read", hint(sqlite3.OperationalError("attempt to write a readonly database")))
        for error in (sqlite3.OperationalError("no such table: x"), sqlite3.OperationalError(), OSError("unable to open database file")):
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
