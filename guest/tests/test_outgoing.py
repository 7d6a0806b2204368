"""Connections to others, on an ordinary interpreter with a host that a test plays."""

import http.client
import io
import socket
import unittest
from unittest import mock

import _wasgi_outgoing
from wasgi_guest import outgoing, outgoing_connection, outgoing_errors, outgoing_names, outgoing_request

from .fake_outgoing import Exchange, Failure


class Socket:
    """What http.client wants of one."""

    def __init__(self, connection):
        self._connection = connection

    def sendall(self, data):
        view = memoryview(data)
        while view:
            view = view[self._connection.send(view, None) :]

    def makefile(self, mode):
        connection = self._connection

        class Raw(io.RawIOBase):
            def readable(self):
                return True

            def readinto(self, buffer):
                data = connection.receive(len(buffer), False, None)
                buffer[: len(data)] = data
                return len(data)

        return io.BufferedReader(Raw())

    def close(self):
        pass


class Case(unittest.TestCase):
    def setUp(self):
        Exchange.answer, Exchange.made = [(200, []), b""], []
        self.enterContext(mock.patch.object(_wasgi_outgoing, "is_open", return_value=True))

    def connection(self, host="example.org", port=80):
        return outgoing_connection.Connection(host, port, ("198.18.0.1", port), None)

    def exchange(self, *request, host="example.org", **options):
        client = http.client.HTTPConnection(host)
        client.sock = Socket(self.connection(host))
        client.request(*request, **options)
        return client.getresponse()


class Requests(Case):
    def test_a_request_is_handed_over_without_what_belongs_to_the_connection(self):
        headers = {"Connection": "X-Hop, keep-alive", "X-Hop": "1", "X": "2", "Upgrade": "h2c"}
        self.exchange("GET", "/a?b", headers=headers)
        [made] = Exchange.made
        self.assertEqual(made.head, ("GET", False, "example.org", "/a?b"))
        self.assertEqual(made.fields, [(b"Accept-Encoding", b"identity"), (b"X", b"2")])
        self.assertTrue(made.is_whole and not made.has_body)

    def test_bodies_go_out_as_they_come_and_without_their_framing(self):
        self.exchange("POST", "/", body=b"0123456789" * 3)
        self.exchange("POST", "/", body=iter([b"0123456789", b"0123", b"456789" * 1000]), encode_chunked=True)
        bodies = [b"0123456789" * 3, b"01234567890123" + b"456789" * 1000]
        self.assertEqual([made.body for made in Exchange.made], bodies)
        self.assertTrue(all(made.is_whole for made in Exchange.made))

    def test_a_request_may_come_byte_by_byte(self):
        connection = self.connection()
        text = b"POST /a HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n"
        text += b"3\r\nabc\r\n0\r\nT: 1\r\n\r\n"
        for byte in text:
            connection.send(bytes([byte]), None)
        self.assertEqual((Exchange.made[0].body, Exchange.made[0].is_whole), (b"abc", True))

    def test_what_is_no_request_is_refused_in_words(self):
        for text in (
            b"*1\r\n$4\r\nPING\r\n",
            b"EHLO me\r\n",
            b"GET / HTTP/2.0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: example.org\r\nno field\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: example.org\r\nA: b\r\n c\r\n\r\n",
            b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
            b"GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: other.org\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: example.org:81\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: me@example.org\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 1, 2\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        ):
            with self.assertRaisesRegex(OSError, "only HTTP/1.1 passes", msg=text):
                self.connection().send(text, None)
        with self.assertRaisesRegex(OSError, "speaks first"):
            self.connection().receive(1, False, None)

    def test_a_head_has_an_end(self):
        connection = self.connection()
        with self.assertRaisesRegex(OSError, "no end"):
            for _ in range(1000):
                connection.send(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100, None)

    def test_a_host_without_more_room_is_not_waited_for_by_who_does_not_block(self):
        connection = self.connection()
        head = b"POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 9\r\n\r\n"
        self.assertEqual(connection.send(head, 0.0), len(head))
        with mock.patch.object(Exchange, "write", return_value=0):
            self.assertRaises(BlockingIOError, connection.send, b"x", 0.0)
        self.assertEqual(connection.send(b"123456789", 0.0), 9)


class Responses(Case):
    def test_a_body_of_known_length_is_passed_on(self):
        Exchange.answer = [
            (200, [(b"content-length", b"5"), (b"a", b"b"), (b"a", b"c")]),
            b"123",
            None,
            b"45",
        ]
        response = self.exchange("GET", "/")
        self.assertEqual((response.status, response.reason, response.read()), (200, "OK", b"12345"))
        self.assertEqual(response.headers.get_all("a"), ["b", "c"])
        self.assertTrue(Exchange.made[0].is_closed)

    def test_another_one_comes_in_chunks(self):
        Exchange.answer = [None, (200, []), b"123", b"45", b""]
        response = self.exchange("GET", "/")
        self.assertEqual((response.headers["transfer-encoding"], response.read()), ("chunked", b"12345"))

    def test_a_connection_is_used_again(self):
        client = http.client.HTTPConnection("example.org")
        client.sock = Socket(self.connection())
        for _ in range(3):
            client.request("HEAD", "/")
            client.getresponse().read()
        self.assertEqual(len(Exchange.made), 3)

    def test_one_that_ends_too_early_is_no_whole_one(self):
        Exchange.answer = [(200, [(b"content-length", b"5")]), b"123", b""]
        with self.assertRaises(ConnectionResetError):
            self.exchange("GET", "/").read()

    def test_a_client_of_http_1_0_reads_to_the_end(self):
        Exchange.answer = [(200, []), b"123", b""]
        connection = self.connection()
        connection.send(b"GET / HTTP/1.0\r\n\r\n", None)
        said = b"".join(iter(lambda: connection.receive(100, False, None), b""))
        self.assertEqual(said, b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n123")

    def test_who_waits_for_leave_to_send_a_body_gets_it(self):
        connection = self.connection()
        head = b"PUT / HTTP/1.1\r\nHost: example.org\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
        connection.send(head, None)
        self.assertEqual(connection.receive(100, False, None), b"HTTP/1.1 100 Continue\r\n\r\n")
        self.assertEqual(Exchange.made[0].fields, [(b"Content-Length", b"1")])


class Failures(Case):
    def test_what_natively_fails_to_connect_fails_where_the_request_is_sent(self):
        for name, kind in (
            ("connection-refused", ConnectionRefusedError),
            ("DNS-error", socket.gaierror),
            ("HTTP-request-denied", PermissionError),
            (
                "TLS-certificate-error",
                outgoing_errors.error_of("TLS-certificate-error", "", "https", "a", 1).__class__,
            ),
        ):
            Exchange.answer = [Failure(name, "")]
            client = http.client.HTTPConnection("example.org")
            client.sock = Socket(self.connection())
            self.assertRaises(kind, client.request, "GET", "/")

    def test_what_fails_later_fails_where_the_response_is_read(self):
        for name, kind in (
            ("connection-terminated", ConnectionResetError),
            ("connection-read-timeout", TimeoutError),
        ):
            Exchange.answer = [Failure(name, "")]
            client = http.client.HTTPConnection("example.org")
            client.sock = Socket(self.connection())
            client.request("GET", "/")
            self.assertRaises(kind, client.getresponse)

    def test_a_body_that_nobody_takes_is_answered_all_the_same(self):
        Exchange.answer = [(413, [(b"content-length", b"0")])]
        with mock.patch.object(Exchange, "write", side_effect=Failure("connection-terminated", "")):
            response = self.exchange("POST", "/", body=b"x" * 100)
        self.assertEqual(response.status, 413)

    def test_a_refusal_names_the_flag(self):
        error = outgoing_errors.error_of("HTTP-request-denied", "", "https", "example.org", 443)
        self.assertIn("--allow-http https://example.org`", str(error))
        error = outgoing_errors.error_of("HTTP-request-denied", "", "http", "::1", 8080)
        self.assertIn("--allow-http http://[::1]:8080`", str(error))


class Names(Case):
    def test_a_name_comes_back_from_what_stands_in_for_it(self):
        address = outgoing_names.stand_ins(outgoing_names.normal("Example.ORG."))["4"]
        self.assertEqual(outgoing_names.name_of(address), "example.org")
        self.assertEqual(outgoing.connect((address, 80), None).host, "example.org")

    def test_what_the_host_does_not_let_out_is_not_connected_to(self):
        origins = ["https://*.example.org:443", "http://127.0.0.1:8000", "http://localhost:1"]
        with mock.patch.object(_wasgi_outgoing, "origins", return_value=origins):
            for host, port, lets in (
                ("a.example.org", 443, True),
                ("example.org", 443, False),
                ("a.example.org", 80, False),
                ("127.0.0.1", 8000, True),
                ("127.0.0.1", 8001, False),
                ("::1", 1, True),
            ):
                self.assertEqual(outgoing.connect((host, port), None) is not None, lets, (host, port))
            self.assertIn("--allow-http http://10.0.0.1:6379", outgoing.refusal(("10.0.0.1", 6379)))

    def test_nothing_goes_out_of_an_import(self):
        with mock.patch.object(_wasgi_outgoing, "is_open", return_value=False):
            self.assertIsNone(outgoing.connect(("127.0.0.1", 80), None))


class Chunks(unittest.TestCase):
    def test_chunks_are_read_wherever_they_are_cut(self):
        text = b"3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n"
        for size in range(1, len(text)):
            chunked, body, at = outgoing_request.Chunked(), b"", 0
            while not chunked.is_whole():
                before, data = chunked.next(memoryview(text)[at : at + size])
                body += data
                if data:
                    chunked.passed(len(data))
                at += before + len(data)
            self.assertEqual((body, at), (b"abc0123456789", len(text)), size)


if __name__ == "__main__":
    unittest.main()
