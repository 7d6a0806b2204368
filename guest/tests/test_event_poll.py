"""epoll by poll(), beside Linux's own."""

import select
import socket
import unittest

from wasgi_guest import event_poll


class Beside(unittest.TestCase):
    def setUp(self):
        self.one, self.other = socket.socketpair()
        self.both = [select.epoll(), event_poll.Epoll()]
        for each in (self.one, self.other, *self.both):
            self.addCleanup(each.close)

    def same(self, act):
        """What `act` tells of both, which is the same."""
        told = [self.outcome(act, each) for each in self.both]
        self.assertEqual(told[1], told[0], "ours, then Linux's")
        return told[0]

    def outcome(self, act, watch):
        try:
            return act(watch)
        except (OSError, ValueError) as error:
            return f"{type(error).__name__}: {error}"

    def test_registrations(self):
        self.same(lambda watch: watch.register(self.one, select.EPOLLIN))
        self.assertIn("FileExistsError", self.same(lambda watch: watch.register(self.one)))
        self.assertIn("FileNotFoundError", self.same(lambda watch: watch.modify(self.other, 1)))
        self.assertIn("FileNotFoundError", self.same(lambda watch: watch.unregister(self.other)))
        self.assertIn("OSError", self.same(lambda watch: watch.register(1 << 20)))
        with open(__file__) as file:
            self.assertIn("PermissionError", self.same(lambda watch: watch.register(file)))

    def test_events(self):
        self.same(lambda watch: watch.register(self.one, select.EPOLLIN))
        self.assertEqual(self.same(lambda watch: watch.poll(0)), [])
        self.other.send(b"x")
        number = self.one.fileno()
        self.assertEqual(self.same(lambda watch: watch.poll(0)), [(number, select.EPOLLIN)])
        self.same(
            lambda watch: watch.modify(self.one, select.EPOLLIN | select.EPOLLOUT | select.EPOLLONESHOT)
        )
        self.assertEqual(
            self.same(lambda watch: watch.poll(None)), [(number, select.EPOLLIN | select.EPOLLOUT)]
        )
        self.assertEqual(self.same(lambda watch: watch.poll(0)), [])
        self.same(lambda watch: watch.modify(self.one, select.EPOLLIN))
        self.other.close()
        self.assertEqual(self.same(lambda watch: watch.poll(0)), [(number, select.EPOLLIN | select.EPOLLHUP)])

    def test_a_closed_descriptor_leaves_by_itself(self):
        self.same(lambda watch: watch.register(self.one, select.EPOLLIN))
        self.one.close()
        self.assertEqual(self.same(lambda watch: watch.poll(0)), [])
        self.assertEqual(self.same(lambda watch: watch.poll(0)), [])

    def test_arguments(self):
        for act in [
            lambda watch: watch.poll(0, 0),
            lambda watch: type(watch)(0),
            lambda watch: type(watch)(-1, 1),
        ]:
            self.assertIn("Error", self.same(act))
        for act in [lambda watch: watch.close(), lambda watch: watch.closed, lambda watch: watch.poll(0)]:
            self.same(act)


if __name__ == "__main__":
    unittest.main()
