"""What is written from the command says what the command says: `./just test-docs`."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "written"))

import command_line


class Written(unittest.TestCase):
    def test_the_command_line_is_what_help_prints(self):
        is_now = command_line.PAGE.read_text()
        self.assertEqual(is_now, command_line.page(), "`./just reference` writes it anew")


if __name__ == "__main__":
    unittest.main()
