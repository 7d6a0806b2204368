"""wsgi.input and wsgi.file_wrapper: PEP 3333, "Input and Error Streams"."""

import io
import os
import pathlib
import tempfile
import unittest

from wasgi_guest import body
from wasgi_guest.body import FileWrapper, open_body
from wasgi_guest.errors import ClientDisconnected

from .fake import FakeRequest, run


class Reading(unittest.TestCase):
    def open(self, body, length=None):
        self.request = FakeRequest(body=body)
        return open_body(self.request, length)

    def test_nothing_is_read_before_it_is_asked_for(self):
        self.open(b"abc", 3)
        self.assertEqual(self.request.reads, [])

    def test_read_all_with_and_without_a_length(self):
        self.assertEqual(self.open([b"ab", b"c"], 3).read(), b"abc")
        self.assertEqual(self.open([b"ab", b"c"]).read(), b"abc")

    def test_read_a_number_waits_for_all_of_them(self):
        stream = self.open([b"a", b"b", b"cd", b"e"])
        self.assertEqual(
            [stream.read(3), stream.read(0), stream.read(9), stream.read(1)], [b"abc", b"", b"de", b""]
        )

    def test_end_is_an_empty_bytestring_for_ever(self):
        stream = self.open(b"ab", 2)
        self.assertEqual(
            [stream.read(), stream.read(), stream.readline(), stream.read(5)], [b"ab", b"", b"", b""]
        )

    def test_never_past_the_content_length(self):
        for read in (io.BufferedReader.read, lambda s: s.read(99), b"".join):
            stream = self.open(b"abcdef", 4)
            self.assertEqual(read(stream), b"abcd")
            self.assertEqual(sum(self.request.reads), 4)

    def test_length_zero_asks_for_nothing(self):
        self.assertEqual(self.open(b"abc", 0).read(), b"")
        self.assertEqual(self.request.reads, [])

    def test_lines(self):
        self.assertEqual(list(self.open([b"a\nb", b"b\n", b"\nend"])), [b"a\n", b"bb\n", b"\n", b"end"])
        self.assertEqual(self.open(b"a\nb\nc\n").readlines(), [b"a\n", b"b\n", b"c\n"])
        self.assertEqual(self.open(b"a\nb\nc\n").readlines(1), [b"a\n"])
        stream = self.open(b"abc\ndef")
        self.assertEqual([stream.readline(2), stream.readline(9), stream.readline()], [b"ab", b"c\n", b"def"])

    def test_a_line_does_not_wait_for_more_than_the_line(self):
        stream = self.open([b"first\n", AssertionError("read on")])
        self.assertEqual(stream.readline(), b"first\n")

    def test_without_a_length_it_is_a_stream_all_the_same(self):
        with self.open(b"a\nb\n") as stream:
            self.assertEqual((next(stream), stream.peek(1)[:1], stream.read1()), (b"a\n", b"b", b"b\n"))
        self.assertTrue(stream.closed)
        self.assertEqual(next(self.open(b"a\nb\n")), b"a\n")
        self.assertEqual(io.TextIOWrapper(self.open(b"\xc3\xa4"), "utf-8").read(), "\u00e4")
        with self.assertRaisesRegex(AttributeError, "no attribute 'nonsense'"):
            _ = self.open(b"").nonsense

    def test_without_a_length_it_is_made_when_it_is_asked_for(self):
        stream = self.open(b"abc")
        self.request.read = lambda size: b"later"[:size] if size else b""
        self.assertEqual(stream.read(5), b"later")

    def test_a_large_body(self):
        body = bytes(range(256)) * 2000
        self.assertEqual(self.open(body, len(body)).read(), body)
        self.assertEqual(self.open(body, len(body)).read(len(body)), body)
        self.assertEqual(self.open(body).read(len(body)), body)
        self.assertLess(len(self.request.reads), 20, "large reads go to the host as such")

    def test_an_incomplete_body_is_an_error(self):
        with self.assertRaisesRegex(ClientDisconnected, "2 of 5 bytes"):
            self.open(b"ab", 5).read()

    def test_a_lost_client_is_an_error(self):
        stream = self.open([b"ab", OSError("reset")])
        with self.assertRaisesRegex(ClientDisconnected, "reset"):
            stream.read()


class Through(unittest.TestCase):
    def test_the_application_reads_its_body(self):
        def echo(environ, start_response):
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            start_response("200 OK", [])
            return [body]

        result = run(echo, "POST", headers=[("content-length", "5")], body=[b"he", b"llo", b"more"])
        self.assertEqual(result.body, b"hello")

    def test_a_body_without_a_length(self):
        def echo(environ, start_response):
            start_response("200 OK", [])
            return environ["wsgi.input"]

        result = run(echo, "POST", headers=[("transfer-encoding", "chunked")], body=[b"a\n", b"b\n"])
        self.assertEqual(result.blocks, [b"a\n", b"b\n"])


class File(unittest.TestCase):
    def test_blocks_and_close(self):
        file = io.BytesIO(b"abcde")
        wrapper = FileWrapper(file, 2)
        self.assertEqual(list(wrapper), [b"ab", b"cd", b"e"])
        wrapper.close()
        self.assertTrue(file.closed)

    def test_a_file_without_close(self):
        class File:
            def read(self, size):
                return b""

        FileWrapper(File()).close()

    def test_as_a_response(self):
        file = io.BytesIO(b"content")

        def application(environ, start_response):
            start_response("200 OK", [("Content-Length", "4")])
            return environ["wsgi.file_wrapper"](file)

        result = run(application)
        self.assertEqual((result.body, result.end), (b"cont", "finish"))
        self.assertTrue(file.closed)


class HandedOver(unittest.TestCase):
    """A host that takes files."""

    def setUp(self):
        self.taken = []
        self.takes = True

        def hand_over(fd, start, length):
            self.assertEqual(os.pread(fd, 7, 0), b"content", "it is still open")
            self.taken.append((start, length))
            return self.takes

        body.hand_over = hand_over
        self.addCleanup(setattr, body, "hand_over", body._nobody)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name, "file")
        self.path.write_bytes(b"content")

    def answer(self, file, headers=(), status="200 OK", method="GET"):
        def application(environ, start_response):
            start_response(status, list(headers))
            return environ["wsgi.file_wrapper"](file)

        return run(application, method)

    def test_an_open_file_from_where_it_stands(self):
        for more in ({}, {"buffering": 0}):
            file = self.path.open("rb", **more)
            file.read(3)
            result = self.answer(file, [("Content-Type", "a/b"), ("ETag", '"x"')])
            self.assertEqual((self.taken.pop(), result.blocks, result.end), ((3, 4), [], "finish"))
            self.assertEqual(result.headers[-1], ("wasgi-handed-file", b"1"))
            self.assertEqual((result.header("content-type"), result.header("etag")), ("a/b", '"x"'))
            self.assertTrue(file.closed)

    def test_no_more_than_its_content_length(self):
        result = self.answer(self.path.open("rb"), [("content-length", "4")])
        self.assertEqual((self.taken, result.header("content-length")), ([(0, 4)], None))

    def test_what_is_read_as_before(self):
        class Upper(io.BufferedReader):
            def read(self, size=-1):
                return super().read(size).upper()

        opened = self.path.open
        for file, expected, more in [
            (io.BytesIO(b"content"), b"content", {}),
            (Upper(opened("rb", buffering=0)), b"CONTENT", {}),
            (opened("rb"), b"", {"method": "HEAD"}),
            (opened("rb"), b"", {"status": "304 Not Modified"}),
        ]:
            result = self.answer(file, **more)
            self.assertEqual((result.body, self.taken), (expected, []))
        closed = opened("rb")
        closed.close()
        self.assertEqual(self.answer(closed).status, 500)
        self.assertEqual(self.answer(opened("rb"), [("Content-Length", "8")]).end, "abort")
        self.assertEqual(self.taken, [])

    def test_a_host_that_does_not_take_it(self):
        self.takes = False
        result = self.answer(self.path.open("rb"), [("Content-Length", "7")])
        self.assertEqual((result.body, result.header("content-length")), (b"content", "7"))
        self.assertIsNone(result.header("wasgi-handed-file"))


if __name__ == "__main__":
    unittest.main()
