"""Keys, nonces and salts of native code are of the request that draws them."""

import collections
import json
import unittest

from servers import sandboxed

#: Each is an instance of its own.
REQUESTS = 100


class Entropy(unittest.TestCase):
    def test_no_instance_draws_what_another_or_the_import_drew(self):
        drawn = collections.defaultdict(set)
        with sandboxed("drawn.py", "--timeout", "20s") as sandbox:
            answers = [sandbox.ask("/imported")] + [sandbox.ask("/secrets") for _ in range(REQUESTS)]
            for status, answer in answers:
                self.assertEqual(status, 200, f"{answer}\n{sandbox.log}")
                for name, secret in json.loads(answer).items():
                    drawn[name].add(secret)
        counts = {name: len(secrets) for name, secrets in drawn.items()}
        self.assertEqual(counts, dict.fromkeys(counts, REQUESTS + 1))
        self.assertEqual(len(counts), 14)
