"""The waiver of advisories holds until its day."""

import datetime
import sys
import tomllib
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import deny

WAIVER = {"until": datetime.date(2027, 1, 31), "reason": "no network"}


class Waiver(unittest.TestCase):
    def test_it_holds_on_its_last_day_and_says_why(self):
        passes, text = deny.decision(WAIVER, datetime.date(2027, 1, 31))
        self.assertTrue(passes)
        self.assertIn("no network", text)

    def test_it_ends(self):
        passes, text = deny.decision(WAIVER, datetime.date(2027, 2, 1))
        self.assertFalse(passes)
        self.assertIn("2027-01-31", text)

    def test_the_one_that_is_there_has_a_day_and_a_reason(self):
        waiver = tomllib.loads(deny.WAIVER.read_text())
        self.assertIsInstance(waiver["until"], datetime.date)
        self.assertTrue(waiver["reason"])


if __name__ == "__main__":
    unittest.main()
