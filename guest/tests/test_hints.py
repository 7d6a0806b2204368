"""What errors do not say themselves."""

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


if __name__ == "__main__":
    unittest.main()
