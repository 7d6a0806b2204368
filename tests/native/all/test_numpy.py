"""What numpy does otherwise in a sandbox than natively, and what it draws."""

import collections
import json
import unittest

from servers import sandboxed

#: Each is an instance of its own.
REQUESTS = 20


class Numpy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = cls.enterClassContext(sandboxed("numpy_arrays.py", "--timeout", "20s"))

    def ask(self, path):
        status, answer = self.sandbox.ask(path)
        self.assertEqual(status, 200, f"{answer}\n{self.sandbox.log}")
        return json.loads(answer)

    def test_generators_made_at_import_give_each_request_other_numbers(self):
        drawn = collections.defaultdict(set)
        for _ in range(REQUESTS):
            for name, number in self.ask("/own").items():
                drawn[name].add(number)
        counts = {name: len(numbers) for name, numbers in drawn.items()}
        self.assertEqual(counts, dict.fromkeys(counts, REQUESTS))
        self.assertEqual(len(counts), 7)

    def test_a_generator_of_a_chosen_seed_gives_each_request_the_same(self):
        self.assertEqual(self.ask("/seeded"), self.ask("/seeded"))

    def test_an_array_without_room_raises_what_careful_programs_catch(self):
        kind, text = self.ask("/room")
        self.assertEqual(kind, "MemoryError", text)
        self.assertIn("Unable to allocate 300. MiB", text)

    def test_whole_numbers_warn_of_a_division_by_zero_and_others_do_not(self):
        self.assertEqual(self.ask("/unheard"), ["divide by zero encountered in floor_divide"])
