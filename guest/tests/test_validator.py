"""Requests through wsgiref's validator: an independent reading of PEP 3333 between gateway and app."""

import contextlib
import gc
import io
import unittest
import warnings
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

from .fake import run

TEXT = ("Content-Type", "text/plain")


def validated(application, method="GET", target="/", **options):
    """Runs the application under the validator, and catches errors that it reports only when collected."""
    late = io.StringIO()
    with contextlib.redirect_stderr(late), warnings.catch_warnings():
        warnings.simplefilter("error")
        result = run(validator(application), method, target, **options)
        gc.collect()
    assert not late.getvalue(), late.getvalue()
    return result


class Validated(unittest.TestCase):
    def assert_fine(self, application, expected, method="GET", target="/", **options):
        result = validated(application, method, target, **options)
        self.assertEqual((result.log, result.end, result.body), ("", "finish", expected))
        return result

    def test_the_validator_is_awake(self):
        def wrong(environ, start_response):
            start_response("200 OK", [])
            return [b"no content type"]

        self.assertIn("No Content-Type header", run(validator(wrong)).log)

    def test_a_list(self):
        def application(environ, start_response):
            start_response("200 OK", [TEXT])
            return [b"a", b"b"]

        self.assert_fine(application, b"ab", target="/p%C3%A9?q=%20")

    def test_a_generator(self):
        def application(environ, start_response):
            start_response("200 OK", [TEXT])
            yield b""
            yield b"a"
            yield b"b"

        # The validator requires start_response before the first block; a generator's first step calls it.
        self.assert_fine(application, b"ab")

    def test_write(self):
        def application(environ, start_response):
            write = start_response("200 OK", [TEXT])
            write(b"a")
            return [b"b"]

        self.assert_fine(application, b"ab")

    def test_a_body_in_all_ways(self):
        def application(environ, start_response):
            stream = environ["wsgi.input"]
            parts = [stream.read(2), stream.readline(), stream.readline(1), *stream.readlines(1), *stream]
            start_response("200 OK", [TEXT])
            return [b"|".join(parts)]

        self.assert_fine(
            application,
            b"ab|c\n|d|ef\n|gh\n|i",
            "POST",
            headers=[("Content-Length", "12"), ("Content-Type", "a/b"), ("X-A", "1"), ("X-A", "2")],
            body=[b"abc\nde", b"f\ngh\n", b"i plus more"],
        )

    def test_errors_stream(self):
        def application(environ, start_response):
            environ["wsgi.errors"].write("one\n")
            environ["wsgi.errors"].writelines(["two\n"])
            environ["wsgi.errors"].flush()
            start_response("200 OK", [TEXT])
            return [b""]

        self.assertEqual(validated(application).log, "one\ntwo\n")

    def test_the_file_wrappers(self):
        for wrapper in (FileWrapper, None):

            def application(environ, start_response, wrapper=wrapper):
                start_response("200 OK", [TEXT])
                return (wrapper or environ["wsgi.file_wrapper"])(io.BytesIO(b"file"))

            self.assert_fine(application, b"file")

    def test_other_methods_and_answers_without_a_body(self):
        for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):

            def application(environ, start_response):
                start_response("200 OK", [TEXT])
                return []

            self.assert_fine(application, b"", method)
        for status in ("204 No Content", "304 Not Modified"):

            def empty(environ, start_response, status=status):
                start_response(status, [])
                return []

            self.assert_fine(empty, b"")

    def test_odd_targets(self):
        def application(environ, start_response):
            start_response("200 OK", [TEXT])
            return [b"ok"]

        for target in ("*", "http://h.example/p", "/", "//", "/%ff", "/?"):
            self.assert_fine(application, b"ok", "OPTIONS", target, scheme="https")
        self.assert_fine(application, b"ok", authority=None)
        self.assert_fine(application, b"ok", authority="[::1]:8080")

    def test_close_is_called_in_every_path(self):
        def breaking(environ, start_response):
            start_response("200 OK", [TEXT, ("Content-Length", "1")])
            yield b"ab"
            raise AssertionError("not reached")

        self.assertEqual(validated(breaking).body, b"a")
        result = validated(breaking, failures={"write": BrokenPipeError("gone")})
        self.assertIn("the client went away", result.log)


if __name__ == "__main__":
    unittest.main()
