"""Tests of connections by wasi:sockets, without a host: who goes there, and what a program sees of it."""

import errno
import socket
import unittest
from unittest import mock

import _wasgi_net
from wasgi_guest import network, network_stream

from .fake_net import Lookup, Tcp, Unresolved

PLACE = ("10.0.0.5", 5432)


def _granting(grants, is_open=True):
    return mock.patch.multiple(_wasgi_net, is_open=lambda: is_open, granted=lambda: grants)


class Grants(unittest.TestCase):
    def tearDown(self):
        network._names.clear()

    def test_sockets_go_where_the_host_lets_them(self):
        for grant, host, port in (
            ("db:5432-5432", "db", 5432),
            ("db:5432-5432", "db", None),
            ("10.0.0.5:1-65535", "10.0.0.5", 80),
            ("localhost:80-90", "127.0.0.1", 90),
            ("[::1]:80-80", "::1", 80),
            ("*.example.com:443-443", "a.b.example.com", 443),
            ("10.0.0.0/8:80-80", "10.9.9.9", 80),
            ("[fd00::]/8:80-80", "fd12::1", 80),
        ):
            with self.subTest(grant=grant, host=host), _granting([grant]):
                self.assertTrue(network.reaches(host, port))

    def test_and_nowhere_else(self):
        for grant, host, port in (
            ("db:5432-5432", "db", 5433),
            ("db:5432-5432", "other", 5432),
            ("*.example.com:443-443", "example.com", 443),
            ("10.0.0.0/8:80-80", "11.0.0.1", 80),
            ("10.0.0.0/8:80-80", "db", 80),
        ):
            with self.subTest(grant=grant, host=host), _granting([grant]):
                self.assertFalse(network.reaches(host, port))

    def test_a_host_that_does_not_say_gets_it_all_and_no_network_nothing(self):
        with _granting(None):
            self.assertTrue(network.reaches("db", 1))
        with _granting(None, is_open=False):
            self.assertFalse(network.reaches("db", 1))

    def test_an_address_of_a_granted_name_is_granted(self):
        with (
            _granting(["db:5432-5432"]),
            mock.patch.object(Lookup, "found", [b"\x0a\0\0\5", b"\xfd" + b"\0" * 15]),
        ):
            self.assertEqual(network.resolve("db"), [("4", "10.0.0.5"), ("6", "fd00::")])
            self.assertTrue(network.reaches("10.0.0.5", 5432))
            self.assertFalse(network.reaches("10.0.0.6", 5432))

    def test_a_name_without_an_address_is_an_error_of_the_resolver(self):
        for found, number in (
            ([], socket.EAI_NONAME),
            ([Unresolved(0)], socket.EAI_NONAME),
            ([Unresolved(1)], socket.EAI_AGAIN),
            ([Unresolved(2)], socket.EAI_FAIL),
            ([PermissionError(errno.EACCES, "")], socket.EAI_FAIL),
        ):
            with self.subTest(found=found), mock.patch.object(Lookup, "found", found):
                with self.assertRaises(socket.gaierror) as raised:
                    network.resolve("db")
                self.assertEqual(raised.exception.errno, number)


class Streams(unittest.TestCase):
    def test_what_is_sent_goes_as_there_is_room(self):
        stream = network_stream.Stream(PLACE)
        self.assertEqual(stream.send(b"more than five", None), 14)
        self.assertEqual(stream._tcp.sent, b"more than five")

    def test_what_came_is_read_in_pieces_and_peeked_at(self):
        with mock.patch.object(Tcp, "answer", [b"abc", b""]):
            stream = network_stream.Stream(PLACE)
            self.assertEqual(stream.receive(2, True, None), b"ab")
            self.assertEqual(stream.receive(2, False, None), b"ab")
            self.assertEqual(stream.receive(9, False, None), b"c")
            self.assertEqual(stream.receive(9, False, None), b"")

    def test_what_does_not_wait_says_so(self):
        with (
            mock.patch.object(Tcp, "joins", [False, False, True]),
            mock.patch.object(Tcp, "answer", [None, None]),
        ):
            stream = network_stream.Stream(PLACE)
            with self.assertRaises(BlockingIOError) as raised:
                stream.join(0)
            self.assertEqual(raised.exception.errno, errno.EINPROGRESS)
            self.assertFalse(stream.is_writable())
            self.assertTrue(stream.is_writable())
            with self.assertRaises(BlockingIOError):
                stream.receive(1, False, 0)

    def test_a_connection_that_fails_is_told_by_so_error(self):
        with mock.patch.object(Tcp, "joins", [False, ConnectionRefusedError(errno.ECONNREFUSED, "")]):
            stream = network_stream.Stream(PLACE)
            self.assertTrue(stream.is_joining())
            self.assertTrue(stream.is_writable() and stream.is_readable() and stream.is_hung_up())
            self.assertEqual(stream.take_error(), errno.ECONNREFUSED)
            with self.assertRaises(ConnectionRefusedError):
                stream.join(None)

    def test_a_connection_that_breaks_is_told_once(self):
        with mock.patch.object(Tcp, "answer", [ConnectionResetError(errno.ECONNRESET, "")]):
            stream = network_stream.Stream(PLACE)
            with self.assertRaises(ConnectionResetError):
                stream.receive(1, False, None)
            self.assertEqual(stream.receive(1, False, None), b"")
            with self.assertRaises(BrokenPipeError):
                stream.send(b"a", None)

    def test_a_host_that_takes_too_long_is_a_timeout_of_the_network(self):
        with (
            mock.patch.object(Tcp, "joins", [False] * 9),
            mock.patch.object(_wasgi_net, "patience", return_value=0.0),
        ):
            stream = network_stream.Stream(PLACE)
            with self.assertRaises(TimeoutError) as raised:
                stream.join(5.0)
            self.assertEqual(raised.exception.errno, errno.ETIMEDOUT)

    def test_a_refusal_names_the_option(self):
        refused = PermissionError(errno.EACCES, "")
        with mock.patch.object(Tcp, "joins", [refused]), self.assertRaises(PermissionError) as raised:
            network_stream.Stream(PLACE).join(None)
        self.assertIn("`wasgi serve --allow-net 10.0.0.5:5432`", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
