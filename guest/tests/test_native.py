"""Native extension modules are refused by name, and packages with a fallback use it."""

import contextlib
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import tempfile
import unittest
import unittest.mock

from wasgi_guest.joined import JoinedFinder
from wasgi_guest.layout import PACKAGES
from wasgi_guest.native import _INSTEAD, NativeFinder


class Refusal(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        entry = {"file": "pkg/_fast.so", "distribution": "Pkg 1.0"}
        names = ("wasgipkg._fast", "wasgifast", "wasgijson")
        self.finder = NativeFinder([{**entry, "module": name} for name in names])
        self.enterContext(unittest.mock.patch.object(sys, "path", [self.folder, *sys.path]))
        self.enterContext(unittest.mock.patch.object(sys, "meta_path", [*sys.meta_path, self.finder]))
        self.enterContext(unittest.mock.patch.dict(sys.modules))
        self.enterContext(unittest.mock.patch.dict(_INSTEAD, {"wasgijson": _INSTEAD["orjson"]}))
        importlib.invalidate_caches()

    def package(self, code):
        os.mkdir(os.path.join(self.folder, "wasgipkg"))
        with open(os.path.join(self.folder, "wasgipkg", "__init__.py"), "w") as file:
            file.write(code)
        return importlib.import_module("wasgipkg")

    def test_the_error_says_what_why_and_what_instead(self):
        with self.assertRaises(ModuleNotFoundError) as caught:
            importlib.import_module("wasgijson")
        self.assertEqual(caught.exception.name, "wasgijson")
        for words in (
            "wasgijson",
            "pkg/_fast.so",
            "Pkg 1.0",
            "WebAssembly",
            "use json of the standard library",
        ):
            self.assertIn(words, str(caught.exception))
        with self.assertRaisesRegex(ImportError, "pure Python"):
            importlib.import_module("wasgifast")
        self.assertEqual(self.finder.refused, ["wasgijson", "wasgifast"])

    def test_a_version_that_is_not_served_says_which_are(self):
        entry = {
            "module": "wasgiyaml",
            "file": "_yaml.so",
            "distribution": "Yaml 1.0",
            "served": ["6.0", "7"],
        }
        with self.assertRaisesRegex(ImportError, "in other versions: install 6.0 or 7"):
            NativeFinder([entry]).find_spec("wasgiyaml")

    def test_a_package_with_a_fallback_works(self):
        for statement in ("import wasgipkg._fast", "from . import _fast", "from ._fast import x"):
            with contextlib.ExitStack() as stack:
                stack.callback(lambda: sys.modules.pop("wasgipkg", None))
                code = f"try:\n    {statement}\nexcept ImportError:\n    fallback = True\n"
                if os.path.exists(os.path.join(self.folder, "wasgipkg")):
                    with open(os.path.join(self.folder, "wasgipkg", "__init__.py"), "w") as file:
                        file.write(code + f"# {statement}\n")
                    importlib.invalidate_caches()
                    module = importlib.import_module("wasgipkg")
                else:
                    module = self.package(code)
                self.assertTrue(module.fallback)
        self.assertEqual(self.finder.refused, ["wasgipkg._fast"])

    def test_asking_whether_it_is_there_is_answered_with_no(self):
        self.assertIsNone(importlib.util.find_spec("wasgijson"))
        self.assertEqual(self.finder.refused, [])

    def test_what_others_find_is_left_to_them(self):
        with open(os.path.join(self.folder, "wasgifast.py"), "w") as file:
            file.write("found = True\n")
        self.assertTrue(importlib.import_module("wasgifast").found)

    def test_unknown_names_are_not_its_business(self):
        with self.assertRaisesRegex(ModuleNotFoundError, "No module named 'wasginothing'"):
            importlib.import_module("wasginothing")


class Joined(unittest.TestCase):
    #: A module that is built in everywhere, and that hardly anything imports.
    NAME = "_symtable"

    def setUp(self):
        finder = JoinedFinder({self.NAME: "some/_symtable.abi3.so"})
        self.enterContext(unittest.mock.patch.object(sys, "meta_path", [finder, *sys.meta_path]))
        self.enterContext(unittest.mock.patch.dict(sys.modules))
        sys.modules.pop(self.NAME, None)

    def test_a_built_in_module_has_the_file_of_the_wheel(self):
        module = importlib.import_module(self.NAME)
        self.assertIn(self.NAME, sys.builtin_module_names)
        self.assertEqual(module.__file__, PACKAGES + "some/_symtable.abi3.so")
        self.assertEqual(module.__spec__.origin, module.__file__)
        self.assertIs(module.__loader__, importlib.machinery.BuiltinImporter)
        self.assertIs(importlib.reload(module), module)

    def test_others_have_none(self):
        sys.modules.pop("atexit", None)
        self.assertFalse(hasattr(importlib.import_module("atexit"), "__file__"))


if __name__ == "__main__":
    unittest.main()
