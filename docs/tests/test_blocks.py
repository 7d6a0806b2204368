"""Each code block of README and guide is one that `./just test-docs` can read."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from blocks import DOCUMENTS, Document


class Blocks(unittest.TestCase):
    def test_each_is_fenced_and_names_its_language(self):
        self.assertEqual([fault for path in DOCUMENTS for fault in Document(path).faults], [])

    def test_most_commands_are_run(self):
        commands = [command for path in DOCUMENTS for command in Document(path).commands]
        self.assertGreater(sum(command.not_run is None for command in commands), len(commands) / 2)


if __name__ == "__main__":
    unittest.main()
