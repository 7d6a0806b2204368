"""Notes on what an application keeps in memory."""

import unittest

from wasgi_guest import forgetful


def kind(module: str, name: str) -> type:
    return type(name, (), {"__module__": module})


class Notes(unittest.TestCase):
    def test_of_each_kind_that_has_an_instance(self):
        self.assertEqual(forgetful.notes(), [])
        unused = kind("cachelib.simple", "SimpleCache")
        self.assertEqual(forgetful.notes(), [], "a class alone keeps nothing")
        kept = [kind("limits.storage.memory", "MemoryStorage")() for _ in range(2)]
        kept.append(kind("own", "LocMemCache")())
        for each in kept:
            each.entries = {}
        (note,) = forgetful.notes()
        self.assertTrue(note.startswith("limits.storage.memory.MemoryStorage counts in memory"), note)
        del unused


if __name__ == "__main__":
    unittest.main()
