"""State that is renewed in a request, state that is dropped before the snapshot, and warm-up requests."""

import importlib
import os
import random
import sys
import tempfile
import types
import unittest
import unittest.mock
import uuid

import wasgi
from wasgi_guest import generators, reserve, resume
from wasgi_guest.gateway import serve
from wasgi_guest.late import AfterImport

from .fake import FakeRequest


class Generators(unittest.TestCase):
    def test_those_that_seeded_themselves_are_renewed(self):
        own, given = random.Random(), random.Random(1)
        living = generators.living({id(given): given, id(random._inst): random._inst})
        self.assertIn(own, living)
        self.assertIn(random._inst, living, "others draw from the shared one, whoever seeded it")
        self.assertNotIn(given, living)
        self.assertFalse([g for g in living if isinstance(g, random.SystemRandom)])

    def test_no_generators_without_the_module(self):
        for module in (None, types.ModuleType("random")):
            with unittest.mock.patch.dict(sys.modules, random=module, _random=None):
                self.assertEqual(generators.living({}), [])

    def test_they_are_renewed_beside_a_module_of_that_name(self):
        own = random.Random()
        with unittest.mock.patch.dict(sys.modules, random=types.ModuleType("random")):
            self.assertIn(own, generators.living({}))

    def test_each_resume_gives_other_numbers(self):
        class Loud(random.Random):
            def seed(self, *_):
                raise AssertionError("a subclass may mean something else by it")

        kinds = [random.Random(), Loud.__new__(Loud)]
        kinds[0].gauss(0, 1)
        self.addCleanup(resume.renew_in_requests, [])
        resume.renew_in_requests(kinds)
        states = [kind.getstate() for kind in kinds]
        seen = set()
        for _ in range(5):
            for kind, state in zip(kinds, states, strict=True):
                kind.setstate(state)
            resume.resume({}, None)
            seen.add((*(kind.random() for kind in kinds), kinds[0].gauss(0, 1)))
        numbers = [number for numbers in seen for number in numbers]
        self.assertEqual(len(set(numbers)), 15)


class Forgetting(unittest.TestCase):
    def test_names_and_nodes_are_forgotten(self):
        tempfile.mktemp()
        uuid.uuid1()
        self.addCleanup(setattr, uuid, "_node", uuid._node)
        resume.forget()
        self.assertIsNone(tempfile._name_sequence)
        self.assertIsNone(uuid._node)
        self.assertTrue(tempfile.mktemp())

    def test_nothing_to_forget(self):
        with unittest.mock.patch.dict(sys.modules, tempfile=types.ModuleType("tempfile")):
            sys.modules.pop("uuid")
            resume.forget()
            self.assertFalse(hasattr(sys.modules["tempfile"], "_name_sequence"))


class WarmUp(unittest.TestCase):
    def setUp(self):
        fake = types.SimpleNamespace(
            rehearsal=lambda method, scheme, authority, target, headers: FakeRequest(method, target),
            changed=lambda: self.is_changed,
        )
        self.is_changed = False
        self.enterContext(unittest.mock.patch.dict(sys.modules, {"_wasgi": fake}))
        for name in ("rehearsal", "warmup"):
            sys.modules.pop(f"wasgi_guest.{name}", None)
        self.warmup = importlib.import_module("wasgi_guest.warmup")

    def test_requests_are_answered_and_failures_told(self):
        seen = []

        def app(environ, start_response):
            seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"]))
            environ["wsgi.input"].read()
            if environ["PATH_INFO"] == "/bad":
                raise ValueError("bad")
            start_response("404 Not Found", [])
            return [b"x"]

        with unittest.mock.patch.object(sys, "stderr", unittest.mock.Mock()):
            answered, failed = self.warmup.warm_up(
                lambda request: serve(app, request, {}), ["/good?a=1", "/bad"]
            )
        self.assertEqual(seen, [("GET", "/good", "a=1"), ("GET", "/bad", "")])
        self.assertEqual(answered, ["/good?a=1"])
        self.assertEqual(failed, ["the warm-up request GET /bad was answered with 500."])
        self.assertEqual(len(reserve._BLOCK), reserve._SIZE, "a failure released it")

    def test_what_changes_a_granted_directory_is_asked_for_once(self):
        def app(environ, start_response):
            self.is_changed = True
            start_response("200 OK", [])
            return []

        self.assertEqual(self.warmup.warm_up(lambda request: serve(app, request, {}), ["/"]), ([], []))

    def test_what_goes_on_changing_is_told(self):
        with unittest.mock.patch.object(self.warmup, "held", return_value={"app.seen": "2", "app.made": "1"}):
            self.assertEqual(self.warmup.frozen(["/"], {"app.seen": "2", "app.made": "1"}), [])
            self.assertEqual(self.warmup.frozen([], {}), [])
            (note,) = self.warmup.frozen(["/", "/a"], {"app.seen": "1", "app.made": "1"})
        self.assertIn("by GET / and GET /a changes app.seen each time", note)


class Late(unittest.TestCase):
    def test_acts_once_right_after_the_import(self):
        acted = []
        late = AfterImport({"colorsys": acted.append, "os": acted.append})
        before = list(sys.meta_path)
        with unittest.mock.patch.dict(sys.modules):
            sys.modules.pop("colorsys", None)
            late.install()
            self.assertEqual(acted, [os])
            import colorsys

            late.remove()
        self.assertEqual(acted, [os, colorsys])
        self.assertIs(colorsys.__spec__.loader, colorsys.__loader__)
        self.assertNotIn("late", type(colorsys.__loader__).__module__)
        self.assertEqual(sys.meta_path, before)


class Hooks(unittest.TestCase):
    def test_functions_come_back_as_they_are(self):
        with (
            unittest.mock.patch.object(wasgi, "_BEFORE_SNAPSHOT", []) as before,
            unittest.mock.patch.object(wasgi, "_AFTER_RESTORE", []) as after,
        ):
            self.assertIs(wasgi.before_snapshot(print), print)
            self.assertIs(wasgi.after_restore(repr), repr)
            self.assertEqual((before, after), ([print], [repr]))


if __name__ == "__main__":
    unittest.main()
