"""CPython's version stands in pins.toml and nowhere else: moving to another one is a change of pins."""

import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recipe import version
from recipe.base import REPOSITORY

#: The pins, dated measurements and changes, locks of packages, and other software's versions.
ALLOWED = re.compile(
    r"python-wasm/(pins|packages/.*)\.toml|docs/reference/native-packages\.md|docs/lab/.*|CHANGELOG\.md|Cargo\.lock"
    r"|.*\.(txt|json)"
)
SERIES = rf"(?<![\d.]){re.escape(version.SERIES)}(?!\d)"
TAG = rf"(cpython-|python|cp){version.COMPACT}(?!\d)"


class Version(unittest.TestCase):
    maxDiff = None

    def test_no_second_place_names_it(self):
        command = ["git", "grep", "--line-number", "-I", "-P", f"{SERIES}|{TAG}"]
        grep = subprocess.run(command, cwd=REPOSITORY, check=False, stdout=subprocess.PIPE, text=True)
        self.assertLess(grep.returncode, 2, "git grep failed")
        self.assertIn("python-wasm/pins.toml:", grep.stdout)
        found = [line for line in grep.stdout.splitlines() if not ALLOWED.fullmatch(line.partition(":")[0])]
        self.assertEqual(found, [], "derive it, by recipe/version.py or PYTHON_SERIES of host/build.rs")

    def test_the_names_are_those_of_the_pin(self):
        self.assertEqual(version.FULL.split(".")[:2], version.SERIES.split("."))
        self.assertEqual(version.LIBRARY, f"libpython{version.SERIES}.a")


if __name__ == "__main__":
    unittest.main()
