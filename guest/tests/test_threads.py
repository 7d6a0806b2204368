"""The scheduling of threads, with a fake C module."""

import contextlib
import importlib
import io
import sys
import threading
import time
import types
import unittest
import unittest.mock
from itertools import count
from queue import Empty, SimpleQueue

MODULES = ("wasgi_guest.threads", "wasgi_guest.workers", "wasgi_guest.inplace")


class Identity:
    """A thread with its caller's view of shared state."""

    numbers = count(2)

    def __init__(self):
        self.ident = next(self.numbers)

    def call(self, function):
        return function()


class Handle:
    def __init__(self):
        self.ident, self.done = None, False

    def _begin(self, ident):
        self.ident = ident

    def _set_done(self):
        self.done = True

    def is_done(self):
        return self.done


class Threads(unittest.TestCase):
    def setUp(self):
        self.waiting, self.slept, self.sealed = [], [], True
        fake = types.SimpleNamespace(
            Identity=Identity,
            call_as_main=lambda function: function(),
            is_sealed=lambda: self.sealed,
            waiting=self.waiting,
            sleep=self.sleep,
        )
        self.enterContext(unittest.mock.patch.dict(sys.modules, {"_wasgi_threads": fake}))
        for name in MODULES:
            sys.modules.pop(name, None)
        self.threads = importlib.import_module(MODULES[0])
        self.errors = self.enterContext(contextlib.redirect_stderr(io.StringIO()))

    def sleep(self, seconds):
        self.slept.append(seconds)
        time.sleep(seconds)

    def start(self, function, *args, daemon=False):
        handle = Handle()
        self.threads.start(function, args, None, handle, daemon)
        return handle

    def test_a_thread_begins_when_something_waits_for_it(self):
        done = []
        handle = self.start(done.append, 1)
        self.assertEqual(done, [])
        self.assertTrue(self.threads.wait_for(handle, -1))
        self.assertEqual((done, self.waiting), ([1], []))

    def test_a_wait_ends_as_soon_as_it_can(self):
        done = []
        for number in range(3):
            self.start(done.append, number)
        self.threads.wait(lambda: bool(done), -1)
        self.assertEqual((done, len(self.waiting)), ([0], 2))

    def test_a_wait_for_nothing_says_so(self):
        from wasgi import Deadlock

        with self.assertRaisesRegex(
            Deadlock, "the main thread waits in .*: no thread can go on, and no time"
        ):
            self.threads.wait(lambda: False, -1)

    def test_a_wait_with_a_timeout_passes_its_time(self):
        self.assertFalse(self.threads.wait(lambda: False, 0.01))
        self.assertEqual(len(self.slept), 1)

    def test_a_daemon_ends_where_it_keeps_others_from_going_on(self):
        steps = []

        def loop():
            steps.append("begun")
            try:
                self.threads.wait(lambda: False, -1)
            finally:
                steps.append("ended")

        handle = self.start(loop, daemon=True)
        self.threads.wait(lambda: bool(steps), -1)
        self.assertEqual((steps, handle.done, self.errors.getvalue()), (["begun", "ended"], True, ""))

    def test_another_thread_is_told_why_it_cannot_wait(self):
        begun = []

        def wait():
            begun.append(True)
            self.threads.wait(lambda: False, -1)

        handle = self.start(wait)
        self.threads.wait(lambda: bool(begun), -1)
        self.assertTrue(handle.done)
        self.assertIn("all threads of a sandbox share one stack", self.errors.getvalue())

    def test_a_thread_that_waits_lets_others_begin(self):
        given = []
        first = self.start(lambda: self.threads.wait(lambda: bool(given), -1))
        self.start(given.append, 1)
        self.assertTrue(self.threads.wait_for(first, -1))

    def test_whoever_waits_below_can_help(self):
        asked, given = [], []

        class Helper(self.threads.Helper):
            def help(self):
                given.extend(asked)
                asked.clear()
                return bool(given)

        def ask():
            asked.append(1)
            self.threads.wait(lambda: bool(given), -1)

        handle = self.start(ask)
        self.threads.wait(lambda: bool(asked) or handle.done, -1, Helper())
        self.assertEqual((given, handle.done), ([1], True))

    def test_what_is_left_runs_after_the_answer(self):
        done = []
        self.start(done.append, 1)
        self.start(lambda: (self.threads.sleep(0.02), done.append(2)))
        self.start(lambda: (self.threads.sleep(3600), done.append(3)), daemon=True)
        self.threads.finish(0)
        self.assertEqual((done, self.waiting), ([1, 2], []))

    def test_daemons_may_be_given_time_after_the_answer(self):
        done = []
        self.start(lambda: (self.threads.sleep(0.01), done.append(1), self.threads.sleep(3600)), daemon=True)
        self.threads.finish(0.05)
        self.assertEqual(done, [1])

    def test_threads_of_the_import_wait_for_requests(self):
        done = []
        self.sealed = False
        self.start(done.append, 1)
        self.assertEqual(self.threads.keep(), [])
        self.threads.finish(0)
        self.assertEqual(done, [])
        self.sealed = True
        self.threads.finish(None)
        self.assertEqual(done, [])
        self.threads.finish(0)
        self.assertEqual(done, [1])

    def test_an_error_in_a_thread_is_shown(self):
        self.start(int, "of a thread")
        self.threads.finish(0)
        self.assertIn("ValueError: invalid literal", self.errors.getvalue())

    def test_the_end_of_the_request_goes_through(self):
        from wasgi import RequestEnded

        def end():
            raise RequestEnded("deadline")

        handle = self.start(end)
        with self.assertRaises(RequestEnded):
            self.threads.wait_for(handle, -1)
        self.assertTrue(handle.done)


class Workers(unittest.TestCase):
    def setUp(self):
        from wasgi_guest import workers

        self.workers = workers

    def test_an_unknown_function_is_none(self):
        self.assertIsNone(self.workers.resumable(threading.Thread(target=print)))
        self.assertIsNone(self.workers.resumable(threading.Thread()))

    def test_an_executors_worker_goes_on_where_it_was(self):
        from concurrent.futures import ThreadPoolExecutor, thread

        executor, work, done = ThreadPoolExecutor(1), SimpleQueue(), []
        args = (lambda: executor, work, done.append, ("initialized",))
        worker = self.workers.resumable(threading.Thread(target=thread._worker, args=args))
        has_work = worker.turn()
        self.assertFalse(has_work())
        for number in (1, 2):
            work.put(types.SimpleNamespace(run=lambda number=number: done.append(number)))
        self.assertTrue(has_work())
        self.assertFalse(worker.turn()())
        executor._shutdown = True
        work.put(None)
        self.assertIsNone(worker.turn())
        self.assertEqual(done, ["initialized", 1, 2])

    def test_a_loop_is_left_only_between_its_turns(self):
        import logging.handlers

        work, seen = SimpleQueue(), []

        def dequeue(block):
            seen.append(self.workers.is_between_turns(worker))
            if len(seen) > 1:
                raise Empty
            return work.get(block)

        def handle(record):
            seen.append(self.workers.is_between_turns(worker))

        listener = logging.handlers.QueueListener(work)
        listener.dequeue, listener.handle = dequeue, handle
        work.put("record")
        thread = threading.Thread(target=listener._monitor)
        worker = self.workers.resumable(thread)
        self.assertTrue(worker.has_work())
        self.assertIsNone(worker.turn())
        self.assertEqual((seen, worker.has_work()), ([True, False, True], False))
