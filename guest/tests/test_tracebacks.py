"""Tracebacks without the gateway's frames."""

import unittest

from wasgi_guest.environ import make_environ
from wasgi_guest.headers import check_status
from wasgi_guest.tracebacks import format_error

from .fake import run


def nested(environ, start_response):
    try:
        raise KeyError("first")
    except KeyError as error:
        raise ValueError("second") from error


class Formatting(unittest.TestCase):
    def caught(self, function):
        try:
            function()
        except BaseException as error:
            return format_error(error)
        raise AssertionError("nothing raised")

    def test_chained_exceptions(self):
        log = run(nested).log
        self.assertLess(log.index("KeyError: 'first'"), log.index("direct cause"))
        self.assertLess(log.index("direct cause"), log.index("ValueError: second"))
        self.assertNotIn("wasgi_guest", log)

    def test_our_frames_go_in_every_link_of_the_chain(self):
        def chained():
            try:
                check_status("bad")
            except AssertionError:
                check_status("worse")

        text = self.caught(chained)
        self.assertEqual(text.count("in chained"), 2)
        self.assertEqual(text.count("ProtocolError: "), 2)
        self.assertNotIn("in check_status", text)

    def test_groups(self):
        def group():
            raise ExceptionGroup("several", [ValueError("one"), KeyError("two")])

        text = self.caught(group)
        for words in ("several", "ValueError: one", "KeyError: 'two'", "in group"):
            self.assertIn(words, text)

    def test_our_frames_go_in_the_members_of_a_group(self):
        def group():
            try:
                check_status("bad")
            except AssertionError as error:
                raise ExceptionGroup("several", [error]) from None

        self.assertNotIn("in check_status", self.caught(group))

    def test_a_syntax_error_looks_as_in_python(self):
        text = self.caught(lambda: compile("a = (\nb = ]", "bad.py", "exec"))
        self.assertIn('File "bad.py", line 2', text)
        self.assertIn("    b = ]", text)
        self.assertIn("SyntaxError: ", text)
        self.assertIn("^", text)

    def test_nothing_but_our_frames_leaves_the_error_alone(self):
        text = format_error(self.error_of(lambda: make_environ(None, None, {})))
        self.assertTrue(text.startswith("AttributeError: "), text)
        self.assertNotIn("Traceback", text)

    def error_of(self, function):
        try:
            function()
        except Exception as error:
            # Drops frames, as if our own code had been the first one.
            return error.with_traceback(error.__traceback__.tb_next.tb_next)
        raise AssertionError("nothing raised")


if __name__ == "__main__":
    unittest.main()
