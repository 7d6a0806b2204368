"""The app iterable: PEP 3333, "Buffering and Streaming" and "Handling the Content-Length Header"."""

import unittest

from .fake import request_of, run


class Iterable:
    """Yields the blocks, records events, and raises the exceptions among the blocks."""

    def __init__(self, *blocks):
        self.blocks = list(blocks)
        self.given = 0
        self.closed = 0

    def __iter__(self):
        for block in self.blocks:
            self.given += 1
            if isinstance(block, BaseException):
                raise block
            yield block

    def close(self):
        self.closed += 1


def returning(iterable, status="200 OK", headers=()):
    def application(environ, start_response):
        start_response(status, list(headers))
        return iterable

    return application


class Streaming(unittest.TestCase):
    def test_each_block_is_sent_before_the_next_is_asked_for(self):
        counts = []

        def application(environ, start_response):
            request = request_of(environ)
            start_response("200 OK", [])
            for block in (b"", b"a", b"", b"b", b"c"):
                counts.append(len(request.events))
                yield block

        result = run(application)
        self.assertEqual(counts, [0, 0, 2, 2, 3])
        self.assertEqual(result.blocks, [b"a", b"b", b"c"])
        self.assertEqual(result.end, "finish")

    def test_a_late_start_response(self):
        def application(environ, start_response):
            start_response("202 Accepted", [])
            yield b"late"

        self.assertEqual(run(application).status, 202)

    def test_start_response_inside_a_custom_iterator(self):
        class Application:
            def __init__(self, environ, start_response):
                self.start_response = start_response

            def __iter__(self):
                self.start_response("200 OK", [])
                yield b"class"

        self.assertEqual(run(Application).body, b"class")

    def test_a_block_before_start_response(self):
        for block in (b"early", b""):

            def application(environ, start_response, block=block):
                yield block
                start_response("200 OK", [])

            result = run(application)
            self.assertEqual((result.status, result.body), (500, b"Internal Server Error\n"))
            self.assertIn("before it called start_response()", result.log)

    def test_no_start_response_at_all(self):
        result = run(lambda environ, start_response: [])
        self.assertEqual(result.status, 500)
        self.assertIn("did not call start_response()", result.log)

    def test_what_is_not_an_iterable_of_bytes(self):
        for value, words in (
            (None, "returned NoneType"),
            (b"bytes", "returned bytes"),
            ("text", "returned str"),
            (5, "returned int"),
            (["text"], "gave str, not bytes"),
            ([bytearray(b"x")], "gave bytearray, not bytes"),
            ([None], "gave NoneType, not bytes"),
        ):
            result = run(returning(value))
            self.assertEqual(result.status, 500, value)
            self.assertIn(words, result.log)


class Length(unittest.TestCase):
    def assert_length(self, iterable, expected, method="GET", **options):
        result = run(returning(iterable, **options), method)
        self.assertEqual(result.header("content-length"), expected)
        self.assertEqual(result.end, "finish")
        return result

    def test_set_when_the_gateway_knows_it(self):
        self.assert_length([b"hello"], "5")
        self.assert_length((b"hello",), "5")
        self.assert_length([], "0")
        self.assert_length([b""], "0")
        self.assert_length(iter([]), "0")
        self.assert_length(iter([b"", b""]), "0")

    def test_set_for_any_iterable_of_length_one(self):
        class One:
            def __len__(self):
                return 1

            def __iter__(self):
                return iter([b"abc"])

        self.assert_length(One(), "3")

    def test_an_iterable_that_lies_about_its_length_is_cut(self):
        class Liar(Iterable):
            def __len__(self):
                return 1

        result = self.assert_length(Liar(b"abc", b"more"), "3")
        self.assertEqual(result.body, b"abc")

    def test_not_set_when_more_may_follow(self):
        self.assert_length([b"a", b"b"], None)
        self.assert_length(iter([b"a"]), None)

    def test_a_length_that_cannot_be_asked_for(self):
        class Wrapper:
            def __len__(self):
                raise TypeError

            def __iter__(self):
                return iter([b"a"])

        self.assert_length(Wrapper(), None)

    def test_the_applications_own_is_kept(self):
        result = self.assert_length(iter([b"ab", b"c"]), "3", headers=[("content-LENGTH", "3")])
        self.assertEqual(result.body, b"abc")

    def test_too_many_bytes_are_cut_and_told(self):
        iterable = Iterable(b"ab", b"cdef", b"never")
        result = run(returning(iterable, headers=[("Content-Length", "3")]), target="/long?secret=1")
        self.assertEqual((result.body, result.end), (b"abc", "finish"))
        self.assertIn("GET /long: the body was cut at its Content-Length", result.log)
        self.assertNotIn("secret", result.log)
        self.assertEqual((iterable.given, iterable.closed), (2, 1))

    def test_iteration_stops_when_enough_was_sent(self):
        iterable = Iterable(b"abc", b"never")
        result = run(returning(iterable, headers=[("Content-Length", "3")]))
        self.assertEqual((result.body, result.log), (b"abc", ""))
        self.assertEqual((iterable.given, iterable.closed), (1, 1))

    def test_too_few_bytes_are_a_visible_cut(self):
        result = run(returning([b"ab"], headers=[("Content-Length", "5")]))
        self.assertEqual((result.status, result.body, result.end), (200, b"ab", "abort"))
        self.assertIn("3 bytes before its Content-Length", result.log)

    def test_none_of_the_announced_bytes_is_a_500(self):
        result = run(returning([], headers=[("Content-Length", "5")]))
        self.assertEqual((result.status, result.end), (500, "finish"))
        self.assertIn("5 bytes before its Content-Length", result.log)


class Bodiless(unittest.TestCase):
    def test_head_gets_the_headers_of_get(self):
        iterable = Iterable(b"a", b"b", b"c")
        result = run(returning(iterable, headers=[("X-A", "1")]), "HEAD")
        self.assertEqual((result.status, result.header("x-a"), result.blocks), (200, "1", []))
        self.assertEqual((result.end, iterable.closed), ("finish", 1))

    def test_head_with_lengths(self):
        for iterable, headers, expected in (
            ([b"hello"], [], "5"),
            ([], [], None),
            ([b""], [], None),
            ([], [("Content-Length", "7")], "7"),
            ([b"hello"], [("Content-Length", "5")], "5"),
        ):
            result = run(returning(iterable, headers=headers), "HEAD")
            self.assertEqual((result.header("content-length"), result.blocks), (expected, []))
            self.assertEqual((result.end, result.log), ("finish", ""))

    def test_head_on_a_host_that_counts(self):
        failures = {"finish": OSError("0 of 5 bytes")}
        result = run(returning([], headers=[("Content-Length", "5")]), "HEAD", failures=failures)
        self.assertEqual((result.status, result.log), (200, ""))

    def test_head_with_a_late_start_response_and_write(self):
        def application(environ, start_response):
            start_response("200 OK", [("X-A", "1")])(b"written")
            yield b"yielded"

        result = run(application, "HEAD")
        self.assertEqual((result.header("x-a"), result.blocks, result.end), ("1", [], "finish"))

    def test_head_of_an_endless_stream_ends(self):
        def endless(environ, start_response):
            start_response("200 OK", [])
            while True:
                yield b"more"

        self.assertEqual(run(endless, "HEAD").end, "finish")

    def test_204_and_304_have_no_body(self):
        for status in ("204 No Content", "304 Not Modified"):
            iterable = Iterable(b"not", b"sent")
            result = run(returning(iterable, status))
            self.assertEqual((result.status, result.blocks, result.end), (int(status[:3]), [], "finish"))
            self.assertIsNone(result.header("content-length"))
            self.assertEqual(iterable.closed, 1)

    def test_204_has_no_length_and_304_that_of_200(self):
        headers = [("Content-Length", "5")]
        self.assertIsNone(run(returning([], "204 No Content", headers)).header("content-length"))
        self.assertEqual(run(returning([], "304 Not Modified", headers)).header("content-length"), "5")
        self.assertIsNone(run(returning([b"x"], "304 Not Modified")).header("content-length"))

    def test_205_has_an_empty_one(self):
        for body, headers in (([], []), ([b"not sent"], []), ([b"not sent"], [("Content-Length", "8")])):
            result = run(returning(body, "205 Reset Content", headers))
            self.assertEqual((result.status, result.header("content-length")), (205, "0"))
            self.assertEqual((result.blocks, result.end, result.log), ([], "finish", ""))

    def test_an_error_to_head_has_no_body_either(self):
        result = run(returning(Iterable(ValueError())), "HEAD")
        self.assertEqual((result.status, result.blocks, result.end), (500, [], "finish"))


if __name__ == "__main__":
    unittest.main()
