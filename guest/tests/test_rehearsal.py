"""Synthetic requests (rehearsal) with a fake C module."""

import gc
import importlib
import sys
import types
import unittest
import unittest.mock
import weakref

from .fake import FakeRequest


class Rehearsal(unittest.TestCase):
    def setUp(self):
        self.heads = []
        fake = types.SimpleNamespace(rehearsal=self.rehearsal_request)
        self.enterContext(unittest.mock.patch.dict(sys.modules, {"_wasgi": fake}))
        sys.modules.pop("wasgi_guest.rehearsal", None)
        self.rehearsal = importlib.import_module("wasgi_guest.rehearsal")

    def rehearsal_request(self, method, scheme, authority, target, headers):
        self.heads.append((target, headers))
        return FakeRequest(method, target)

    def test_each_request_is_rehearsed_many_times(self):
        asked = []
        self.rehearsal.settle([(lambda _: asked.append("a"), "/a"), (lambda _: asked.append("b"), "/b")])
        self.assertEqual(asked, ["a", "b"] * self.rehearsal._RUNS)
        self.assertEqual([target for target, _ in self.heads[:2]], ["/a", "/b"])

    def test_no_garbage_is_left(self):
        class Garbage:
            pass

        left = []

        def answer(_):
            garbage = Garbage()
            garbage.itself = garbage
            left.append(weakref.ref(garbage))

        gc.disable()
        self.addCleanup(gc.enable)
        self.rehearsal.settle([(answer, "/")])
        self.assertEqual({each() for each in left}, {None})

    def test_each_request_has_headers_of_its_own(self):
        self.rehearsal.settle([(lambda _: self.heads[-1][-1].clear(), "/")])
        self.assertNotEqual(self.heads[-1][-1], self.rehearsal._HEADERS)
