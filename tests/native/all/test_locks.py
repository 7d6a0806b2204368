"""A thread that waits in native code for one that cannot go on ends its request at once."""

import unittest

from servers import sandboxed


class Locks(unittest.TestCase):
    def test_a_lock_that_nobody_will_release_ends_one_request_and_is_in_the_log(self):
        with sandboxed("locked.py") as sandbox:
            for _ in range(2):
                self.assertEqual(sandbox.ask("/both")[0], 500)
                self.assertEqual(sandbox.ask("/one"), (200, "1"))
            sandbox.wait_for(r"native code waits for a lock that a thread below it holds")
            sandbox.wait_for(r"locked\.py\W+line \d+ in <lambda>")
