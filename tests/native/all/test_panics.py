"""A panic of Rust code ends the one request, and the log says what it said and where."""

import unittest

from servers import sandboxed


class Panics(unittest.TestCase):
    def test_a_panic_ends_one_request_and_is_in_the_log(self):
        with sandboxed("panics.py") as sandbox:
            for _ in range(3):
                self.assertEqual(sandbox.ask("/panic")[0], 500)
                self.assertEqual(sandbox.ask("/calm"), (200, "1"))
            sandbox.wait_for(r"panicked at \S*src/lib\.rs:57:\d+:")
            sandbox.wait_for(r"__eq__ failed!: PyErr")
