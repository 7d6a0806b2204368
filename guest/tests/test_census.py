"""The inventory: owners of loaded modules, and objects and values that it must not touch or report."""

import importlib.util
import json
import os
import sys
import types
import unittest
import unittest.mock

from wasgi_guest import census


class Silent(types.ModuleType):
    """A module whose attributes must not be read, such as one that loads itself on first use."""

    def __getattribute__(self, name):
        raise AssertionError(name)


def module(name, file=None):
    made = types.ModuleType(name)
    if file is not None:
        made.__file__ = file
    return made


class Census(unittest.TestCase):
    def modules(self, **loaded):
        loaded = {name.replace("__", "."): value for name, value in loaded.items()}
        with unittest.mock.patch.dict(sys.modules, loaded):
            found = census.take(b"")["modules"]
        return {name: owner for owner, names in found.items() for name in names}

    def test_modules_by_owner(self):
        library = os.path.basename(os.path.dirname(os.__file__))
        site = os.path.join(sys.prefix, "lib", library, "site-packages")
        owners = self.modules(
            wshop=module("wshop", "/app/wshop.py"),
            wpack=module("wpack", f"{site}/wpack/__init__.py"),
            wpack__moves=module("wpack.moves"),
        )
        expected = {
            "wshop": "application",
            "wpack": "packages",
            "wpack.moves": "packages",
            "json": "standard library",
            "sys": "interpreter",
            "wasgi_guest.census": "gateway",
        }
        self.assertEqual({name: owners[name] for name in expected}, expected)

    def test_odd_modules(self):
        odd = types.SimpleNamespace(__file__="/app/odd.py")
        owners = self.modules(wnone=None, wodd=odd, wfile=module("wfile", 7), wsilent=Silent("wsilent"))
        self.assertEqual({owners[name] for name in ("wnone", "wodd", "wfile", "wsilent")}, {"interpreter"})

    def test_a_lazy_module_stays_unloaded(self):
        spec = importlib.util.find_spec("this")
        spec.loader = importlib.util.LazyLoader(spec.loader)
        lazy = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(lazy)
        with unittest.mock.patch("builtins.print", side_effect=AssertionError):
            self.assertIn("wlazy", self.modules(wlazy=lazy))

    def test_names_are_told_and_no_values(self):
        with unittest.mock.patch.dict(os.environ, {"WASGI_TOKEN": "no-one-s-business"}):
            told = census.take(b"\x0f\xff")
        text = json.dumps(told)
        self.assertIn("WASGI_TOKEN", told["start"]["environment"])
        self.assertNotIn("no-one-s-business", text)
        self.assertEqual(told["pages_before"], "0fff")
        self.assertEqual(told["start"]["folder"], os.getcwd())
        self.assertEqual(told["start"]["sys_path"], sys.path)
        self.assertLessEqual({0, 1, 2}, set(told["start"]["descriptors"]))


if __name__ == "__main__":
    unittest.main()
