"""Bodies of unknown length, for frameworks that read only up to CONTENT_LENGTH."""

import sys
import unittest
import unittest.mock

from wasgi_guest import whole_body

from .fake import request_of, run


def strict(environ, start_response):
    """Reads CONTENT_LENGTH bytes, as PEP 3333 requires of applications."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("X-Length", environ.get("CONTENT_LENGTH", "none"))])
    return [body]


class WholeBody(unittest.TestCase):
    def test_a_chunked_body_is_counted_and_read(self):
        result = run(whole_body.with_length(strict), "POST", body=[b"ab", b"cde"])
        self.assertEqual((result.body, result.header("x-length")), (b"abcde", "5"))

    def test_no_body_counts_as_zero(self):
        result = run(whole_body.with_length(strict), "DELETE")
        self.assertEqual((result.body, result.header("x-length")), (b"", "0"))

    def test_what_has_a_length_or_needs_none_stays_lazy(self):
        def lazy(environ, start_response):
            self.assertEqual(request_of(environ).reads, [])
            start_response("200 OK", [])
            return [b"ok"]

        for method, headers in (("POST", [("Content-Length", "2")]), ("GET", []), ("HEAD", [])):
            self.assertEqual(
                run(whole_body.with_length(lazy), method, headers=headers, body=b"ab").status, 200
            )

    def test_a_client_that_goes_away_is_told_and_not_called_an_error(self):
        result = run(whole_body.with_length(strict), "POST", body=[b"ab", OSError("reset")])
        self.assertEqual((result.status, result.end), (400, "finish"))
        self.assertIn("the client went away", result.log)

    def test_only_frameworks_that_need_it_get_it(self):
        with unittest.mock.patch.dict(sys.modules):
            for module in ("bottle", "django.core.handlers.wsgi", "falcon.request"):
                sys.modules.pop(module, None)
            self.assertFalse(whole_body.is_needed())
            sys.modules["bottle"] = sys
            self.assertTrue(whole_body.is_needed())


if __name__ == "__main__":
    unittest.main()
