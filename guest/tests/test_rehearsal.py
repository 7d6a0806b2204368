"""rehearsal with a stand-in for the C module: what runs is moved, and works as before."""

import importlib
import sys
import types
import unittest
import unittest.mock

from .fake import FakeRequest


def outer(step):
    def inner(number):
        def add(other):
            return number + other

        return add(step)

    return inner


def with_default(number, *, more=1):
    return number + more


def never_called():
    return "as it was"


class Rehearsal(unittest.TestCase):
    def setUp(self):
        self.calls = []
        fake = types.SimpleNamespace(
            rehearsal=lambda method, scheme, authority, target, headers: FakeRequest(method, target),
            fill_heap=lambda: self.calls.append("fill"),
            gather=self.calls.append,
        )
        self.enterContext(unittest.mock.patch.dict(sys.modules, {"_wasgi": fake}))
        sys.modules.pop("wasgi_guest.rehearsal", None)
        self.rehearsal = importlib.import_module("wasgi_guest.rehearsal")

    def test_what_ran_is_moved_and_works_as_before(self):
        made = outer(1)
        before = [function.__code__ for function in (outer, made, with_default, never_called)]
        self.rehearsal.settle([(lambda request: (outer(2)(3), made(4), with_default(5)), "/")])
        after = [function.__code__ for function in (outer, made, with_default, never_called)]
        self.assertEqual(
            [new is old for new, old in zip(after, before, strict=True)], [False, False, False, True]
        )
        self.assertEqual((outer(2)(3), made(4), with_default(5, more=2)), (5, 5, 7))
        self.assertEqual(self.calls, ["fill", True, False])

    def test_code_inside_of_code_moves_with_it(self):
        made = outer(1)
        self.rehearsal.settle([(lambda request: outer(1)(1), "/")])
        inside = next(const for const in outer.__code__.co_consts if isinstance(const, types.CodeType))
        self.assertIs(made.__code__, inside, "one copy for the function that was and for those to come")

    def test_the_allocator_is_put_back_when_something_fails(self):
        with unittest.mock.patch.object(self.rehearsal, "_move", side_effect=MemoryError):
            self.assertRaises(MemoryError, self.rehearsal.settle, [(lambda request: None, "/")])
        self.assertEqual(self.calls[-1], False)

    def test_each_request_has_headers_of_its_own(self):
        seen = []
        self.enterContext(
            unittest.mock.patch.object(
                self.rehearsal._wasgi, "rehearsal", lambda *head: seen.append(head[-1]) or FakeRequest()
            )
        )
        self.rehearsal.settle([(lambda _: seen[-1].clear(), "/")])
        self.assertNotEqual(seen[-1], self.rehearsal._HEADERS)
