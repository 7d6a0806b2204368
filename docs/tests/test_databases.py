"""The page on databases names the versions that its tests have."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/guide/databases.md").read_text()
REQUIREMENTS = ("tests/native/all/requirements-libraries.txt", "tests/databases/requirements.txt")
PINS = dict(
    pin
    for name in REQUIREMENTS
    for pin in re.findall(r"^([\w-]+)==([\w.]+)", (ROOT / name).read_text(), re.MULTILINE)
)


class Databases(unittest.TestCase):
    def test_versions_of_libraries_are_those_of_the_tests(self):
        table = PAGE.partition("## What works")[2].partition("## What does not")[0]
        libraries = "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| "))
        named = re.findall(r"([a-z][\w-]+) (\d+(?:\.\d+)+)", libraries.lower().replace("redis-py", "redis"))
        self.assertGreater(len(named), 8)
        for name, version in named:
            self.assertTrue(f"{PINS[name]}.".startswith(f"{version}."), f"{name} {version} is {PINS[name]}")


if __name__ == "__main__":
    unittest.main()
