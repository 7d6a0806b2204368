"""The gateway's work at a build, among objects that record every access to them (tests/apps/unseen)."""

import importlib.util
import io
import itertools
import os
import pydoc_data.topics
import random
import re
import sys
import types
import unittest
import unittest.mock

from wasgi_guest import blame, census, discovery, explain, generators, inert, late, loader, resume, state
from wasgi_guest.errors import LoadError
from wasgi_guest.native import NativeFinder
from wasgi_guest.watch import Watch

_TRAPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/apps/unseen/traps.py")
_SPEC = importlib.util.spec_from_file_location("traps", _TRAPS)
traps = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(traps)

# Methods for creating and destroying objects, which are no accesses.
_MAKING = {"__new__", "__init__", "__del__"}


class Unseen(unittest.TestCase):
    def setUp(self):
        self.enterContext(unittest.mock.patch.dict(sys.modules))
        self.enterContext(unittest.mock.patch.object(sys, "path", list(sys.path)))
        self.enterContext(unittest.mock.patch.object(sys, "meta_path", list(sys.meta_path)))
        self.objects = traps.one_of_each() + traps.proxies()
        for value in self.objects:
            if issubclass(type(value), io.FileIO):
                self.addCleanup(io.FileIO.close, value)
        self.places = traps.scattered(self.objects)
        self.module = types.ModuleType("traps")
        vars(self.module).update(__file__="/app/traps.py", objects=self.objects, places=self.places)
        vars(self.module).update((f"object_{number}", value) for number, value in enumerate(self.objects))
        for name in ("__file__", "__name__", "app", "application", "create_app"):
            vars(self.module)[traps.Alike(name)] = None
        sys.modules["traps"] = self.module
        sys.modules.update((f"trapped_{number}", value) for number, value in enumerate(self.objects))
        sys.modules[traps.kind_of(str)("a key")] = self.objects[0]
        sys.path += self.objects
        traps.SEEN.clear()
        self.addCleanup(traps.disarm)

    def unseen(self, function, *arguments):
        """Calls `function` while all objects record; returns its result."""
        traps.arm()
        try:
            return function(*arguments)
        finally:
            self.assertEqual(traps.disarm(), [])

    def test_every_method_that_the_language_documents_is_recorded(self):
        text = "\n".join(pydoc_data.topics.topics.values())
        documented = set(re.findall(r"^(?:object|class|type|module)\.(__\w+__)\(", text, re.MULTILINE))
        self.assertGreater(len(documented), 80)
        self.assertLessEqual(documented - _MAKING, set(traps.SPECIAL_NAMES))
        for value in self.objects[: 2 * len(traps.BASES)]:
            traps.SEEN.clear()
            traps.arm()
            with self.assertRaises(traps.Looked):
                isinstance(value, classmethod)
            self.assertRegex("".join(traps.disarm()), "^__getattribute__ of a")
            self.assertLessEqual(documented - _MAKING, set(vars(traps.Plain)))

    def test_the_watch(self):
        def watch():
            with Watch(lambda listener: None) as watch:
                exec("from random import random as drawn", vars(self.module))
            watch.report()
            watch.deeds()
            return watch.generators()

        living = self.unseen(watch)
        kinds = [kind for kind in map(type, self.objects) if issubclass(kind, random.Random)]
        self.assertTrue(kinds)
        found = [kind for kind in map(type, living) if any(kind is each for each in kinds)]
        renewable = [kind for kind in kinds if not issubclass(kind, random.SystemRandom)]
        self.assertEqual(len(found), len(renewable))
        self.unseen(resume.renew_in_requests, living)
        self.addCleanup(resume.renew_in_requests, [])
        self.unseen(resume.resume, {}, None)

    def test_a_watch_beside_modules_of_the_applications_own(self):
        for value in self.objects:
            modules = dict.fromkeys(("random", "_random", "subprocess", "tempfile", "uuid"), value)
            with unittest.mock.patch.dict(sys.modules, modules):
                self.assertEqual(self.unseen(generators.living, {}), [])
                self.unseen(lambda: Watch(lambda listener: None).__enter__().__exit__())
                self.unseen(generators.is_standard, value)
                self.unseen(resume.forget)

    def test_what_is_audited(self):
        with Watch(lambda listener: None) as watch:
            for value in self.objects:
                self.unseen(watch._heard, "open", (value, value, value))
                self.unseen(watch._heard, "open", ("/app/x", value, os.O_RDONLY))
                self.unseen(watch._heard, "sqlite3.connect", (value,))

    def test_the_finders_of_the_application(self):
        finder = late.AfterImport({})
        finder.install()
        sys.meta_path[:0] = self.objects
        self.unseen(finder.remove)
        self.assertFalse([each for each in sys.meta_path if each is finder])

    def test_the_state(self):
        found = self.unseen(state.held)
        numbers = {path: text for path, text in found.items() if path.startswith("traps.objects[")}
        self.assertIn("7", numbers.values(), "a whole number")
        self.assertIn("'text'", numbers.values())
        self.assertEqual(found["len(traps.objects)"], str(len(self.objects)))

    def test_a_state_that_changes(self):
        self.module.shop = [counter := itertools.count(), 10**5000, {10**5000: 1, 404: 2}]
        before = state.held()
        next(counter)
        after = state.held()
        self.assertEqual({path for path in after if after[path] != before[path]}, {"traps.shop[0]"})
        self.assertEqual(after["traps.shop[2][404]"], "2")

    def test_the_census(self):
        told = self.unseen(census.take, b"")
        self.assertIn("traps", told["modules"]["application"])
        self.assertIn("traps.TrappedObject", told["start"]["sys_path"])

    def test_the_choice_of_an_application(self):
        def find():
            with self.assertRaises(LoadError):
                discovery.find_application(self.module, "traps.py")

        self.unseen(find)
        self.module.create_app = print
        self.unseen(find)
        for value in self.objects:
            self.unseen(discovery.describe, value)
            if callable(value):
                self.module.app = value
                self.unseen(self.find, value)

    def find(self, value):
        try:
            name, found, _ = discovery.find_application(self.module, "traps.py")
            self.assertTrue(name == "app" and found is value)
        except LoadError as error:
            self.assertIn("cannot be called as a WSGI application", str(error))

    def test_messages(self):
        for value in self.objects:
            self.unseen(inert.label, value)
            self.unseen(loader._missing, value, "gone", "held.gone", "traps.py")
            if issubclass(type(value), BaseException):
                self.unseen(explain._reason, value, "traps.py", NativeFinder([]))

    def test_whom_to_name(self):
        for value in self.objects:
            names = {"__name__": value, "find": blame.find}
            exec(compile("def told(): return find()", "/app/told.py", "exec"), names)
            place = self.unseen(names["told"])
            self.assertEqual((place.file, place.line), ("/app/told.py", 1))


class Inert(unittest.TestCase):
    def test_what_an_object_itself_has(self):
        class Shop:
            __dict__ = property(lambda self: {})

        class Till(Shop):
            pass

        till = Till()
        till.open = 1
        self.assertEqual(inert.entry(inert.names(types.SimpleNamespace(a=1)), "a"), 1)
        self.assertEqual(inert.names(7), {})
        self.assertEqual(inert.attribute(till, "open"), 1)
        self.assertEqual(inert.attribute(till, "__init__", "none of its own"), "none of its own")
        self.assertIs(inert.inherited(Till, "__dict__"), vars(Shop)["__dict__"])
        self.assertIn("open", inert.all_names(types.SimpleNamespace(open=1)))

    def test_paths(self):
        import pathlib

        class Odd(type(pathlib.Path("x"))):
            pass

        self.assertEqual([inert.path(value) for value in ("x", b"x", pathlib.Path("x"))], ["x"] * 3)
        self.assertEqual([inert.path(value) for value in (Odd("x"), 3, None)], [None] * 3)

    def test_labels(self):
        labels = [inert.label(value) for value in (print, 7, int, Inert, Inert.test_labels)]
        own = [f"{__name__}.Inert", f"{__name__}.Inert.test_labels"]
        self.assertEqual(labels, ["builtin_function_or_method", "int", "int", *own])


if __name__ == "__main__":
    unittest.main()
