"""Symbols of an object that become local to it."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recipe import isolated
from recipe.isolated import DATA, EXPLICIT_NAME, FUNCTION, LOCAL, SECTION, UNDEFINED, WEAK

HIDDEN, NO_STRIP = 0x4, 0x80


def number(value):
    """As LEB128."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + number(rest) if rest else bytes([low])


def text(name):
    return number(len(name)) + name.encode()


def section(kind, content):
    return bytes([kind]) + number(len(content)) + content


def an_object(*symbols):
    """An object with that table of symbols, and with other sections before and behind it."""
    table = section(isolated.SYMBOL_TABLE, number(len(symbols)) + b"".join(symbols))
    linking = text(isolated.LINKING) + number(2) + section(5, b"segments") + table
    other = section(isolated.CUSTOM, text("name") + b"anything")
    return b"\0asm\1\0\0\0" + section(1, b"\0") + section(isolated.CUSTOM, linking) + other


def symbol(kind, flags, *words):
    content = [text(word) if isinstance(word, str) else number(word) for word in words]
    return bytes([kind]) + number(flags) + b"".join(content)


class Isolated(unittest.TestCase):
    def isolated(self, *symbols):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "module.o"
            file.write_bytes(an_object(*symbols))
            size = file.stat().st_size
            isolated.isolate(file, {"PyInit_module"})
            content = file.read_bytes()
            self.assertEqual(len(content), size)
            return {name: flags for _, name, flags in isolated.symbols(content)}

    def test_what_the_object_defines_is_its_own_but_for_what_is_kept(self):
        found = self.isolated(
            symbol(FUNCTION, NO_STRIP, 300, "helper"),
            symbol(DATA, HIDDEN, "table", 0, 0, 1000),
            symbol(FUNCTION, 0, 301, "PyInit_module"),
        )
        expected = {"helper": NO_STRIP | LOCAL, "table": HIDDEN | LOCAL, "PyInit_module": 0}
        self.assertEqual(found, expected)

    def test_what_it_calls_or_shares_with_others_is_left_as_it_is(self):
        found = self.isolated(
            symbol(FUNCTION, UNDEFINED, 3),
            symbol(FUNCTION, UNDEFINED | EXPLICIT_NAME, 4, "malloc"),
            symbol(DATA, UNDEFINED, "environ"),
            symbol(FUNCTION, WEAK | HIDDEN, 302, "_ZNSt3__16vectorIiE"),
            symbol(SECTION, LOCAL, 9),
            symbol(FUNCTION, 0, 303, "last"),
        )
        self.assertEqual(found.pop("last"), LOCAL)
        found.pop("")
        expected = {
            "malloc": UNDEFINED | EXPLICIT_NAME,
            "environ": UNDEFINED,
            "_ZNSt3__16vectorIiE": WEAK | HIDDEN,
        }
        self.assertEqual(found, expected)


if __name__ == "__main__":
    unittest.main()
