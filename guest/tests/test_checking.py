"""What `wasgi check` finds of an application's obedience to PEP 3333, with its place and its cure."""

import json
import os
import tempfile
import unittest
import unittest.mock

from wasgi import RequestEnded
from wasgi_guest import checking

from .fake import run

TEXT = ("Content-Type", "text/plain")


def examined(application, method="GET", target="/"):
    result = run(checking.checked(application), "GET", target, headers=[("Wasgi-Check", method)])
    assert result.status == 200, result.log
    return json.loads(result.body)


def answering(status, headers, body):
    def application(environ, start_response):
        start_response(status, headers)
        return body

    return application


class Checking(unittest.TestCase):
    def rule(self, application, method="GET"):
        report = examined(application, method)
        self.assertIsNone(report["error"])
        (rule,) = report["rules"]
        return rule

    def test_an_obedient_application_breaks_no_rule(self):
        seen = []

        def application(environ, start_response):
            seen.append((environ["REQUEST_METHOD"], environ["QUERY_STRING"], "HTTP_WASGI_CHECK" in environ))
            start_response("200 OK", [TEXT])
            yield b"a"
            yield b"b"

        for method in ("GET", "HEAD"):
            report = examined(application, method, "/?q=%20")
            self.assertEqual(report, {"status": 200, "rules": [], "error": None})
        self.assertEqual(seen, [("GET", "q=%20", False), ("HEAD", "q=%20", False)])

    def test_other_requests_are_answered_as_ever(self):
        result = run(checking.checked(answering("200 OK", [], [b"no type"])))
        self.assertEqual((result.status, result.body, result.log), (200, b"no type", ""))

    def test_each_broken_rule_has_a_cure(self):
        def written(environ, start_response):
            start_response("200 OK", [TEXT])("text")
            return []

        def read(environ, start_response):
            environ["wsgi.input"].read()
            start_response("200 OK", [TEXT])
            return []

        def seek(environ, start_response):
            environ["wsgi.input"].seek(0)
            start_response("200 OK", [TEXT])
            return []

        for application, text, cure in [
            (answering("200 OK", [], [b"x"]), "No Content-Type header", "text/html"),
            (answering("204 No Content", [TEXT], []), "which must not return content", "but not to 204"),
            (answering("200 OK", (TEXT,), []), "must be of type list", "a list of (name, value)"),
            (answering("200 OK", [["A", "b"]], []), "must be of type tuple", "a list of (name, value)"),
            (answering(200, [TEXT], []), "Status must be of type str", '"200 OK"'),
            (answering("200", [TEXT], []), "must look like '200 OK'", ""),
            (answering("200 OK", [TEXT], ["text"]), "non-bytestring", 'text.encode("utf-8")'),
            (answering("200 OK", [TEXT], b"bytes"), "not return a string", "[body]"),
            (answering("200 OK", [TEXT], None), "must return an iterator", "only []"),
            (
                answering("200 OK", [TEXT, ("Content-Length", "9")], [b"short"]),
                "before its Content-Length",
                "",
            ),
            (
                answering("200 OK", [TEXT, ("Content-Length", "1")], [b"ab"]),
                "was cut at its Content-Length",
                "",
            ),
            (answering("200 OK", [TEXT, ("Connection", "close")], [b"a"]), "belongs to the server", ""),
            (
                lambda environ, start_response: [b"x"],
                "start_response has not yet been called",
                "call start_response",
            ),
            (written, "what is not bytes", "write() takes bytes"),
            (read, "without a size", "CONTENT_LENGTH"),
            (seek, "uses 'seek'", "wsgi.input has read(size)"),
        ]:
            rule = self.rule(application)
            self.assertIn(text, rule["text"])
            self.assertIn(cure, rule["cure"])
            self.assertLess(len(rule["text"]), 250)

    def test_the_line_of_the_application_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "shop.py")
            with open(path, "w") as file:
                file.write(
                    "def app(environ, start_response):\n    start_response('200 OK', [])\n    return []\n"
                )
            names = {}
            with open(path) as file:
                exec(compile(file.read(), path, "exec"), names)
            with unittest.mock.patch.object(checking, "APPLICATION", folder + os.sep):
                self.assertEqual(self.rule(names["app"])["where"], "shop.py:2")

    def test_an_exception_of_the_application_is_no_rule(self):
        def failing(environ, start_response):
            assert environ is None, "its own"

        report = examined(failing)
        self.assertEqual((report["rules"], report["error"]["text"]), ([], "AssertionError: its own"))
        self.assertIn("in failing", report["error"]["traceback"])
        self.assertIn("test_checking.py:", report["error"]["where"])

    def test_close_is_called_and_its_failure_reported(self):
        class Body(list):
            def close(self):
                raise OSError("at its end")

        report = examined(answering("200 OK", [TEXT], Body([b"x"])))
        self.assertEqual(report["error"]["text"], "OSError: at its end")

    def test_what_the_host_reports_is_left_to_it(self):
        def late(environ, start_response):
            raise RequestEnded("deadline")

        result = run(checking.checked(late), headers=[("Wasgi-Check", "GET")])
        self.assertIsNone(result.status)


if __name__ == "__main__":
    unittest.main()
