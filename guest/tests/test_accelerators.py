"""Which installed releases may import a C extension that is compiled into the interpreter."""

import os
import sys
import tempfile
import tomllib
import unittest
import unittest.mock
from pathlib import Path

from wasgi_guest.accelerators import keep_from_others

PINS = Path(__file__).resolve().parents[2] / "python-wasm" / "pins.toml"
MODULE = "markupsafe._speedups"


class Accelerators(unittest.TestCase):
    def hidden_with(self, *folders):
        paths = []
        for names in folders:
            paths.append(self.enterContext(tempfile.TemporaryDirectory()))
            for name in names:
                os.mkdir(os.path.join(paths[-1], name))
        with unittest.mock.patch.dict(sys.modules):
            sys.modules.pop(MODULE, None)
            keep_from_others(["/nowhere", *paths])
            return sys.modules.get(MODULE, self) is None

    def test_its_own_major_version_has_it(self):
        self.assertFalse(self.hidden_with(["markupsafe-3.0.4.dist-info"]))
        self.assertFalse(self.hidden_with(["MarkupSafe-3.1.dist-info", "markupsafe"]))

    def test_the_release_that_is_compiled_in_has_it(self):
        compiled_in = tomllib.loads(PINS.read_text())["wheels"]["markupsafe"]["version"]
        self.assertFalse(self.hidden_with([f"markupsafe-{compiled_in}.dist-info"]))

    def test_another_goes_without(self):
        for version in ("2.1.5", "4.0.0", "30.0"):
            self.assertTrue(self.hidden_with([f"MarkupSafe-{version}.dist-info"]), version)

    def test_the_first_on_the_path_counts(self):
        self.assertFalse(self.hidden_with(["markupsafe-3.0.4.dist-info"], ["markupsafe-2.1.5.dist-info"]))
        self.assertTrue(self.hidden_with(["markupsafe-2.1.5.dist-info"], ["markupsafe-3.0.4.dist-info"]))

    def test_nothing_is_said_of_what_is_not_installed(self):
        self.assertFalse(self.hidden_with([], ["markupsafe_more-1.0.dist-info"]))


if __name__ == "__main__":
    unittest.main()
