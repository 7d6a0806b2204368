"""start_response() and write(): PEP 3333, "The start_response() Callable" and "Error Handling"."""

import gc
import sys
import unittest
import weakref

from .fake import request_of, run


def answering(status="200 OK", headers=(), body=b"ok"):
    def application(environ, start_response):
        start_response(status, list(headers))
        return [body]

    return application


class Validation(unittest.TestCase):
    def assert_refused(self, status, headers, *words):
        """Checks that the error reaches the application at the call itself, and names the fault."""
        caught = []

        def application(environ, start_response):
            try:
                start_response(status, headers)
            except AssertionError as error:
                caught.append(str(error))
                start_response("200 OK", [], sys.exc_info())
            return [b""]

        self.assertEqual(run(application).status, 200)
        self.assertTrue(caught, "nothing was raised")
        for word in words:
            self.assertIn(word, caught[0])

    def test_uncaught_it_is_a_500_and_a_log_entry(self):
        result = run(answering(headers=[("X-Bad", "a\r\nb")]))
        self.assertEqual(result.status, 500)
        self.assertIn("X-Bad", result.log)
        self.assertIn("in application", result.log)

    def test_status(self):
        for status in (
            "200",
            "200 ",
            "200OK",
            " 200 OK",
            "200 OK ",
            "20 OK",
            "2000 OK",
            "abc OK",
            "",
            "٢٠٠ OK",
        ):
            self.assert_refused(status, [], "status", repr(status))
        self.assert_refused("200 a\r\nb", [], "status")
        self.assert_refused("200 \u20ac", [], "status")
        self.assert_refused("100 Continue", [], "status")
        self.assert_refused("101 Switching Protocols", [], "status")
        self.assert_refused(b"200 OK", [], "str", "bytes")
        self.assert_refused(200, [], "str", "int")

    def test_good_status(self):
        self.assertEqual(run(answering("299 I said so")).status, 299)
        self.assertEqual(run(answering("418 caf\xe9")).status, 418)

    def test_the_list_and_its_tuples(self):
        self.assert_refused("200 OK", (("A", "b"),), "list", "tuple")
        self.assert_refused("200 OK", {"A": "b"}, "list", "dict")
        self.assert_refused("200 OK", None, "list", "NoneType")
        self.assert_refused("200 OK", [["A", "b"]], "tuple", "['A', 'b']")
        self.assert_refused("200 OK", [("A", "b", "c")], "tuple")
        self.assert_refused("200 OK", [("A", "b"), "C: d"], "tuple", "'C: d'")

    def test_names_and_values_are_exactly_str(self):
        class Text(str):
            __slots__ = ()

        self.assert_refused("200 OK", [(b"A", "b")], "name", "bytes")
        self.assert_refused("200 OK", [("A", b"b")], "'A'", "bytes")
        self.assert_refused("200 OK", [("A", 1)], "'A'", "int")
        self.assert_refused("200 OK", [("A", None)], "'A'", "NoneType")
        self.assert_refused("200 OK", [("A", Text("b"))], "'A'", "Text")
        self.assert_refused(Text("200 OK"), [], "Text")

    def test_names_are_tokens(self):
        for name in ("", "A B", "A:", "A\n", "A\x00", "caf\xe9", "(A)"):
            self.assert_refused("200 OK", [("Good", "1"), (name, "b")], repr(name), "header")

    def test_values_are_latin1_without_control_characters(self):
        for value in ("a\nb", "a\r", "\x00", "a\x7f", "a\tb", "\x1f"):
            self.assert_refused("200 OK", [("X-Bad", value)], "X-Bad", "control")
        self.assert_refused("200 OK", [("X-Bad", "\u20ac")], "X-Bad", "latin-1")
        self.assertEqual(run(answering(headers=[("X", "caf\xe9")])).header("x"), "caf\xe9")

    def test_hop_by_hop_headers(self):
        for name in (
            "Connection",
            "HTTP2-Settings",
            "Keep-Alive",
            "Proxy-Authenticate",
            "Proxy-Authorization",
            "TE",
            "Trailers",
            "TRANSFER-ENCODING",
            "upgrade",
        ):
            self.assert_refused("200 OK", [(name, "x")], name, "hop-by-hop")
        self.assert_refused("200 OK", [("Host", "x")], "Host", "for requests")

    def test_what_is_said_of_the_connection_is_left_out(self):
        for value in ("keep-alive", "Close"):
            result = run(answering(headers=[("X", "1"), ("Connection", value)]))
            self.assertEqual(
                (result.status, result.header("x"), result.header("connection")), (200, "1", None)
            )
            self.assertIn("header 'Connection' is left out", result.log)

    def test_content_length(self):
        for value in ("", "x", "-1", "+1", "1.0", " 1", "1_0", "\xb2", "٣", "9" * 30):
            self.assert_refused("200 OK", [("Content-Length", value)], "Content-Length")
        self.assert_refused(
            "200 OK", [("Content-Length", "2"), ("content-length", "2")], "content-length", "twice"
        )

    def test_names_order_and_repetition_are_kept(self):
        headers = [("Set-Cookie", "a=1"), ("X-B", "2"), ("Set-Cookie", "c=3")]
        result = run(answering(headers=headers))
        sent = result.events[0][2][:3]
        self.assertEqual([(name.decode(), value.decode()) for name, value in sent], headers)

    def test_a_refused_call_changes_nothing(self):
        def application(environ, start_response):
            start_response("201 Created", [("X-First", "1")])
            try:
                1 / 0
            except ZeroDivisionError:
                try:
                    start_response("500 Bad", [("X-Bad", "\n")], sys.exc_info())
                except AssertionError:
                    pass
            return [b"ok"]

        result = run(application)
        self.assertEqual((result.status, result.header("x-first")), (201, "1"))

    def test_changing_the_list_later_changes_nothing(self):
        def application(environ, start_response):
            headers = [("X-A", "1")]
            start_response("200 OK", headers)
            headers.append(("X-Evil", "a\r\nb"))
            return [b"ok"]

        self.assertIsNone(run(application).header("x-evil"))


class Twice(unittest.TestCase):
    def test_without_exc_info_is_an_error(self):
        def application(environ, start_response):
            start_response("200 OK", [])
            start_response("200 OK", [])
            return [b""]

        result = run(application)
        self.assertEqual(result.status, 500)
        self.assertIn("second time without exc_info", result.log)

    def test_without_exc_info_is_an_error_after_a_refused_call_too(self):
        def application(environ, start_response):
            try:
                start_response("200 OK", [("X-Bad", "\n")])
            except AssertionError:
                pass
            start_response("200 OK", [])
            return [b""]

        result = run(application)
        self.assertEqual(result.status, 500)
        self.assertIn("second time without exc_info", result.log)

    def test_a_refused_call_that_is_passed_over_is_told(self):
        for body in ([], [b"body"]):

            def application(environ, start_response, body=body):
                try:
                    start_response("200 OK", [("X-Bad", "\n")])
                except AssertionError:
                    pass
                return body

            result = run(application)
            self.assertEqual((result.status, result.body), (500, b"Internal Server Error\n"))
            self.assertIn("its call of start_response() was refused", result.log)

    def test_exc_info_that_is_none_of_sys_exc_info(self):
        for wrong in (
            True,
            (),
            (None, None, None),
            (ValueError, ValueError()),
            [ValueError, ValueError(), None],
        ):
            for sent in (False, True):

                def application(environ, start_response, wrong=wrong, sent=sent):
                    write = start_response("200 OK", [])
                    if sent:
                        write(b"x")
                    with self.assertRaisesRegex(AssertionError, "sys.exc_info()" if wrong else "second time"):
                        start_response("500 Oops", [], wrong)
                    return []

                self.assertEqual(run(application).end, "finish")

    def test_with_exc_info_before_the_headers_replaces(self):
        def application(environ, start_response):
            start_response("200 OK", [("X-Old", "1"), ("Content-Length", "99")])
            yield b""
            try:
                1 / 0
            except ZeroDivisionError:
                start_response("503 Later", [("X-New", "2")], sys.exc_info())
            yield b"sorry"

        result = run(application)
        self.assertEqual((result.status, result.body, result.end), (503, b"sorry", "finish"))
        self.assertIsNone(result.header("x-old"))
        self.assertIsNone(result.header("content-length"))
        self.assertEqual(result.header("x-new"), "2")

    def test_with_exc_info_as_the_first_call(self):
        def application(environ, start_response):
            try:
                1 / 0
            except ZeroDivisionError:
                start_response("500 Oops", [], sys.exc_info())
            return [b"own page"]

        self.assertEqual(run(application).body, b"own page")

    def test_after_the_headers_the_original_error_is_raised_again(self):
        caught = []

        def deep():
            raise KeyError("the original")

        def application(environ, start_response):
            start_response("200 OK", [])
            yield b"some"
            try:
                deep()
            except KeyError as original:
                try:
                    start_response("500 Oops", [], sys.exc_info())
                except KeyError as again:
                    caught.append(again is original)
                    raise

        result = run(application)
        self.assertEqual(caught, [True])
        self.assertEqual((result.status, result.body, result.end), (200, b"some", "abort"))
        self.assertIn("in deep", result.log)
        self.assertIn("KeyError: 'the original'", result.log)

    def test_exc_info_leaves_no_cycle(self):
        class Marker(Exception):
            pass

        kept = []

        def application(environ, start_response):
            start_response("200 OK", [])(b"x")
            try:
                raise Marker
            except Marker as error:
                kept.append(weakref.ref(error))
                try:
                    start_response("500 Oops", [], sys.exc_info())
                except Marker:
                    pass
            return []

        gc.collect()
        gc.disable()
        try:
            run(application)
            self.assertIsNone(kept[0](), "the exception is only freed by the garbage collector")
        finally:
            gc.enable()


class Write(unittest.TestCase):
    def test_goes_out_at_once_and_before_the_iterable(self):
        seen = []

        def application(environ, start_response):
            write = start_response("200 OK", [])
            write(b"one")
            seen.append([event[0] for event in request_of(environ).events])
            write(b"two")
            return [b"three"]

        result = run(application)
        self.assertEqual(seen, [["start", "write"]])
        self.assertEqual(result.blocks, [b"one", b"two", b"three"])
        self.assertIsNone(result.header("content-length"))

    def test_an_empty_write_sends_the_headers(self):
        def application(environ, start_response):
            write = start_response("200 OK", [])
            write(b"")
            self.assertEqual(len(request_of(environ).events), 1)
            write(b"")
            return [b"a"]

        result = run(application)
        self.assertEqual((result.status, result.blocks, result.end), (200, [b"a"], "finish"))

    def test_only_bytes(self):
        def application(environ, start_response):
            start_response("200 OK", [])("text")
            return []

        result = run(application)
        self.assertEqual(result.status, 500)
        self.assertIn("write() was given str, not bytes", result.log)

    def test_past_the_content_length_is_an_error_for_the_application(self):
        caught = []

        def application(environ, start_response):
            write = start_response("200 OK", [("Content-Length", "5")])
            write(b"1234")
            try:
                write(b"5678")
            except AssertionError as error:
                caught.append(str(error))
            return [b"more"]

        result = run(application)
        self.assertIn("Content-Length", caught[0])
        self.assertEqual((result.body, result.end), (b"12345", "finish"))


if __name__ == "__main__":
    unittest.main()
