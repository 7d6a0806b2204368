"""The sockets of a sandbox, on an ordinary interpreter."""

import errno
import socket
import unittest

from wasgi_guest import socket_names, sockets


class Pairs(unittest.TestCase):
    def setUp(self):
        self.one, self.other = sockets.socketpair()
        self.addCleanup(self.one.close)
        self.addCleanup(self.other.close)

    def test_streams_have_no_borders_between_messages(self):
        self.one.sendall(b"abcdef")
        view = bytearray(2)
        self.assertEqual(self.other.recv(3, socket.MSG_PEEK), b"abc")
        self.assertEqual((self.other.recv(3), self.other.recv_into(view), bytes(view)), (b"abc", 2, b"de"))

    def test_datagrams_have(self):
        one, other = sockets.socketpair(type=socket.SOCK_DGRAM)
        one.send(b"long one")
        one.send(b"next")
        self.assertEqual((other.recv(4), other.recv(9)), (b"long", b"next"))

    def test_who_waits_for_nobody_is_told(self):
        with self.assertRaises(OSError) as waited:
            self.other.recv(1)
        self.assertEqual(waited.exception.errno, errno.EDEADLK)
        self.other.settimeout(1)
        self.assertRaises(TimeoutError, self.other.recv, 1)
        self.other.setblocking(False)
        self.assertRaises(BlockingIOError, self.other.recv, 1)

    def test_the_end_of_one_is_seen_by_the_other(self):
        self.one.send(b"last")
        self.one.close()
        self.assertEqual((self.other.recv(9), self.other.recv(9)), (b"last", b""))
        self.assertRaises(BrokenPipeError, self.other.send, b"x")

    def test_half_of_it_can_end(self):
        self.one.shutdown(socket.SHUT_WR)
        self.other.send(b"still")
        self.assertEqual((self.other.recv(9), self.one.recv(9)), (b"", b"still"))
        self.assertRaises(BrokenPipeError, self.one.send, b"x")

    def test_a_descriptor_outlives_its_object(self):
        number = self.other.detach()
        self.one.send(b"x")
        duplicate = sockets.dup(number)
        self.assertEqual(sockets.socket(fileno=number).recv(1), b"x")
        self.one.send(b"y")
        self.assertEqual(sockets.socket(fileno=duplicate).recv(1), b"y")


class Names(unittest.TestCase):
    def test_addresses_are_known_and_names_are_not(self):
        found = socket_names.getaddrinfo("192.0.2.1", "http", type=socket.SOCK_STREAM)
        self.assertEqual([place for *_, place in found], [("192.0.2.1", 80)])
        found = socket_names.getaddrinfo(None, 80, socket.AF_INET6, socket.SOCK_STREAM, 0, socket.AI_PASSIVE)
        self.assertEqual([place for *_, place in found], [("::", 80, 0, 0)])
        self.assertRaises(socket.gaierror, socket_names.getaddrinfo, "example.org", 80)
        self.assertRaises(socket.gaierror, socket_names.getaddrinfo, "127.0.0.1", "no such service")

    def test_the_sandbox_is_its_own_neighbour(self):
        self.assertEqual(socket_names.gethostbyname("LOCALHOST"), "127.0.0.1")
        self.assertEqual(socket_names.gethostbyaddr("::1"), ("localhost", [], ["::1"]))
        self.assertEqual(socket_names.getnameinfo(("127.0.0.1", 25), 0), ("localhost", "smtp"))

    def test_addresses_of_both_versions_are_packed(self):
        self.assertEqual(socket_names.inet_pton(socket.AF_INET6, "::1"), bytes(15) + b"\1")
        self.assertEqual(socket_names.inet_ntop(socket.AF_INET6, bytes(15) + b"\1"), "::1")
        self.assertRaises(OSError, socket_names.inet_pton, socket.AF_INET6, "1")


if __name__ == "__main__":
    unittest.main()
