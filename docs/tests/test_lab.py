"""`./just lab attacks` sorts what the tests print into tables."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "written"))

import lab

PRINTED = """\
running 3 tests
| recursion: call | RecursionError | 200 | 29.8 MiB |
| recursion: arguments | RecursionError | 200 | 30.1 MiB |
| ending: abort | trap | 500 | 22.3 MiB |
test attacks::endings ... | endless: blocks | cut off | |
| endless: prints | 504 | deadline |
| 256 MiB | block | 500 | 22.3 MiB | 1024.0 MiB | /app/hog.py:8 in _block |
| 32 MiB | block | 500 | 22.3 MiB | 1024.0 MiB | /app/hog.py:8 in _block |
| sleep | 2ms |
auto: a secret found 7 times in its own sandbox, 0 times in the next 100
test result: ok. 3 passed
"""


class Attacks(unittest.TestCase):
    def setUp(self):
        self.page = lab.attacks(PRINTED, ["a fact"])

    def test_those_that_end_alike_share_a_row_with_the_highest_peak(self):
        self.assertIn("| Recursion: arguments, call | RecursionError | 200 | 30.1 MiB |", self.page)
        self.assertIn("| Ends and crashes: abort | trap | 500 | 22.3 MiB |", self.page)

    def test_a_row_behind_a_tests_name_counts(self):
        self.assertIn("| blocks | cut off |  |\n| prints | 504 | deadline |", self.page)

    def test_bombs_are_sorted_by_their_cap(self):
        self.assertLess(self.page.index("| 32 MiB | block"), self.page.index("| 256 MiB | block"))

    def test_the_rest_is_there(self):
        for text in ("- a fact", "| sleep | 2ms |", "- auto: a secret found 7 times"):
            self.assertIn(text, self.page)

    def test_a_table_without_rows_is_refused(self):
        with self.assertRaises(SystemExit):
            lab.attacks(PRINTED.replace("| sleep |", ""), [])


if __name__ == "__main__":
    unittest.main()
