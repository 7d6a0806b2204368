"""A build warns of secrets that native code draws at import, and not of its hash tables' seeds."""

import unittest

from servers import sandboxed


class Draws(unittest.TestCase):
    def test_hash_tables_of_the_import_are_no_secrets(self):
        with sandboxed("seeded.py") as sandbox:
            self.assertEqual(sandbox.ask("/tables"), (200, '[3, 1, {"a": 1}, "<b>1</b>", ["a"]]'))
            self.assertNotIn("the same in every request", sandbox.log)

    def test_a_salt_of_the_import_is_one(self):
        with sandboxed("salted.py") as sandbox:
            self.assertEqual(sandbox.ask("/length"), (200, "29"))
            sandbox.wait_for(r"warning: salted\.py:\d+ SALT = .*the same in every request")
