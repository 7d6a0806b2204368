"""What is written from the command says what the command says: `./just test-docs`."""

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "written"))

import command_line
import recording


class Written(unittest.TestCase):
    def test_the_command_line_is_what_help_prints(self):
        is_now = command_line.PAGE.read_text()
        self.assertEqual(is_now, command_line.page(), "`./just reference` writes it anew")

    def test_the_recording_shows_what_the_command_prints(self):
        shown = re.findall(r"<text[^>]*>(.*)</text>", recording.PICTURE.read_text())
        printed = re.findall(r"<text[^>]*>(.*)</text>", recording.picture(recording.session()))
        self.assertEqual(_masked(shown), _masked(printed), "`./just reference` records it anew")


def _masked(rows):
    """One text, without what differs by machine: numbers, and how memory is reset."""
    text = re.sub(r"memory is reset by [^:]*", "", "".join(rows))
    return re.sub(r"\d[\d.]*", "0", text)


if __name__ == "__main__":
    unittest.main()
