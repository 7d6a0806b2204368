"""Warnings of warm-up requests become notes of the build."""

import unittest
import warnings

from wasgi_guest.warned import Warned


class Notes(unittest.TestCase):
    def warned(self, path="/app/shop/views.py"):
        with Warned("GET /") as heard:
            warnings.warn_explicit("of the view", UserWarning, path, 7)
        return heard.notes

    def test_a_note_says_where_what_and_by_whom(self):
        note = "shop/views.py:7 UserWarning: of the view (GET /, the first request of all)."
        self.assertEqual(self.warned(), [note])

    def test_a_package_is_known_by_its_own_path(self):
        (note,) = self.warned("/wasgi/lib/python3/site-packages/larder/jam.py")
        self.assertTrue(note.startswith("larder/jam.py:7 UserWarning"), note)

    def test_what_the_filters_ignore_is_no_note(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.assertEqual(self.warned(), [])

    def test_an_application_that_takes_warnings_gets_them(self):
        taken = []
        with warnings.catch_warnings():
            warnings.showwarning = lambda *about: taken.append(str(about[0]))
            self.warned()
        self.assertEqual(taken, ["of the view"])

    def test_afterwards_warnings_are_shown_as_before(self):
        before = warnings.showwarning
        self.warned()
        self.assertIs(warnings.showwarning, before)


if __name__ == "__main__":
    unittest.main()
