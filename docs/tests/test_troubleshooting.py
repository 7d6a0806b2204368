"""Each message that the guide explains is one that the sources have."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "guide" / "troubleshooting.md"
KINDS = {"host/src": "*.rs", "guest/python": "*.py", "guest/src": "*.c"}
SOURCES = [source for folder, kind in KINDS.items() for source in (ROOT / folder).rglob(kind)]


def joined(text: str) -> str:
    """The source with the pieces of its texts joined: Python's neighbours, and Rust's continued lines."""
    text = re.sub(r"\\\n\s*", "", text)
    return re.sub(r'"\n\s*f?"', "", text)


class Messages(unittest.TestCase):
    def test_each_is_in_the_sources(self):
        sources = "\n".join(joined(source.read_text()) for source in SOURCES)
        rows = re.findall(r"^\| (.+?) \|", PAGE.read_text(), re.MULTILINE)
        messages = [message for row in rows for message in re.findall(r"`([^`]+)`", row)]
        self.assertGreater(len(messages), 20)
        for message in messages:
            self.assertTrue(message in sources, f"{PAGE.name} explains `{message}`, which nothing says")


if __name__ == "__main__":
    unittest.main()
