"""The page that shows a developer an exception."""

import unittest

from wasgi_guest import gateway

from .fake import run

USAGE = (0.25, 20 << 20, 128 << 20)
HERE, BROWSER = ("REMOTE_ADDR", "127.0.0.1"), [("Accept", "text/html,*/*")]


class Hostile:
    def __repr__(self):
        raise RuntimeError("<never>")


def failing(environ, start_response):
    secret = "<b>" + "x" * 1000  # noqa: F841
    hostile = Hostile()  # noqa: F841
    try:
        {}["<missing>"]
    except KeyError as error:
        raise ValueError("no <such> thing") from error


class ErrorPage(unittest.TestCase):
    def setUp(self):
        gateway.developing = lambda: USAGE
        self.addCleanup(setattr, gateway, "developing", gateway._nobody)

    def test_a_browser_of_this_machine_sees_a_page(self):
        result = run(failing, headers=BROWSER, settings=dict([HERE]))
        self.assertEqual((result.status, result.header("content-type")), (500, "text/html; charset=utf-8"))
        page = result.body.decode()
        for words in (
            "ValueError: no &lt;such&gt; thing",
            "Its cause: KeyError: &#x27;&lt;missing&gt;&#x27;",
            "in <b>failing</b>",
            "raise ValueError(&quot;no &lt;such&gt; thing&quot;) from error</mark>",
            "(1,005 characters)",
            "&lt;Hostile, whose repr() raises RuntimeError&gt;",
            "250.0 ms \N{MIDDLE DOT} 20.0 MiB of memory, 128.0 MiB at most",
            "HTTP_ACCEPT",
        ):
            self.assertIn(words, page)
        for words in ("<such>", "<missing>", "<never>", "gateway.py"):
            self.assertNotIn(words, page)
        self.assertIn("ValueError", result.log)

    def test_other_clients_get_the_traceback(self):
        result = run(failing, settings=dict([HERE]))
        self.assertEqual(result.header("content-type"), "text/plain; charset=utf-8")
        self.assertTrue(result.body.decode().endswith("ValueError: no <such> thing\n"))

    def test_other_machines_and_servers_see_nothing(self):
        self.assertEqual(
            run(failing, headers=BROWSER, settings={"REMOTE_ADDR": "192.0.2.1"}).body,
            b"Internal Server Error\n",
        )
        gateway.developing = gateway._nobody
        self.assertEqual(
            run(failing, headers=BROWSER, settings=dict([HERE])).body, b"Internal Server Error\n"
        )

    def test_an_error_that_cannot_be_shown_is_a_usual_500(self):
        class Unseen(Exception):
            @property
            def __cause__(self):
                raise RuntimeError

        def application(environ, start_response):
            raise Unseen

        self.assertEqual(run(application, headers=BROWSER, settings=dict([HERE])).status, 500)

    def test_a_response_that_has_begun_is_cut(self):
        def application(environ, start_response):
            start_response("200 OK", [])(b"begun")
            raise ValueError

        self.assertEqual(run(application, headers=BROWSER, settings=dict([HERE])).events[-1], ("abort",))


if __name__ == "__main__":
    unittest.main()
