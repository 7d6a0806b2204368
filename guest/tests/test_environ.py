"""The environ: PEP 3333, "environ Variables", and the CGI names of RFC 3875."""

import sys
import unittest

from .fake import environ_of, run


class Keys(unittest.TestCase):
    def test_a_plain_request(self):
        environ = environ_of("GET", "/a/b?x=1&y=%20", headers=[("host", "example.org")])
        self.assertIs(type(environ), dict)
        expected = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/a/b",
            "QUERY_STRING": "x=1&y=%20",
            "SERVER_NAME": "example.org",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "example.org",
            "REQUEST_URI": "/a/b?x=1&y=%20",
            "RAW_URI": "/a/b?x=1&y=%20",
        }
        self.assertEqual({key: environ[key] for key in expected}, expected)
        self.assertNotIn("CONTENT_TYPE", environ)
        self.assertNotIn("CONTENT_LENGTH", environ)

    def test_wsgi_keys(self):
        environ = environ_of(scheme="https")
        self.assertEqual(environ["wsgi.version"], (1, 0))
        self.assertEqual(environ["wsgi.url_scheme"], "https")
        self.assertIs(environ["wsgi.multithread"], False)
        self.assertIs(environ["wsgi.multiprocess"], True)
        self.assertIs(environ["wsgi.run_once"], True)
        self.assertIs(environ["wsgi.input_terminated"], True)
        self.assertTrue(callable(environ["wsgi.file_wrapper"]))
        for method in ("read", "readline", "readlines", "__iter__"):
            self.assertTrue(hasattr(environ["wsgi.input"], method))

    def test_all_cgi_values_are_native_strings(self):
        environ = environ_of("POST", "/\xe9?\xe9", headers=[("x-y", "\xe9"), ("content-length", "0")])
        for key, value in environ.items():
            if "." not in key:
                self.assertIs(type(value), str, key)

    def test_errors_is_stderr(self):
        def application(environ, start_response):
            self.assertIs(environ["wsgi.errors"], sys.stderr)
            environ["wsgi.errors"].write("told\n")
            start_response("204 No Content", [])
            return []

        self.assertEqual(run(application).log, "told\n")

    def test_missing_variables_are_left_out(self):
        environ = environ_of()
        for key in ("REMOTE_ADDR", "REMOTE_PORT", "REMOTE_HOST", "REMOTE_USER", "AUTH_TYPE"):
            self.assertNotIn(key, environ)

    def test_changes_do_not_reach_the_next_request(self):
        environ_of()["wsgi.multithread"] = "changed"
        environ_of()["SCRIPT_NAME"] = "changed"
        self.assertIs(environ_of()["wsgi.multithread"], False)
        self.assertEqual(environ_of()["SCRIPT_NAME"], "")


class Target(unittest.TestCase):
    def assert_path(self, target, path, query=""):
        environ = environ_of(target=target)
        self.assertEqual((environ["PATH_INFO"], environ["QUERY_STRING"]), (path, query))
        self.assertEqual(environ["RAW_URI"], target)

    def test_percent_decoding_gives_latin1_of_the_bytes(self):
        self.assert_path("/caf%C3%A9", "/caf\xc3\xa9")
        self.assert_path("/%ff%2f%25", "/\xff/%")

    def test_what_is_no_escape_stays(self):
        self.assert_path("/100%", "/100%")
        self.assert_path("/%zz%+1% 1%1", "/%zz%+1% 1%1")

    def test_an_escaped_question_mark_belongs_to_the_path(self):
        self.assert_path("/a%3Fb?c?d", "/a?b", "c?d")

    def test_plus_stays(self):
        self.assert_path("/a+b?c+d", "/a+b", "c+d")

    def test_two_slashes_are_a_path_not_an_authority(self):
        environ = environ_of(target="//evil.example/x")
        self.assertEqual(environ["PATH_INFO"], "//evil.example/x")
        self.assertEqual(environ["SERVER_NAME"], "example.org")

    def test_asterisk_has_no_path(self):
        environ = environ_of("OPTIONS", "*")
        self.assertEqual((environ["PATH_INFO"], environ["RAW_URI"]), ("", "*"))

    def test_absolute_form_wins_over_host(self):
        environ = environ_of(target="http://other.example:81/p%20q?r", headers=[("host", "example.org")])
        self.assertEqual(environ["PATH_INFO"], "/p q")
        self.assertEqual(environ["QUERY_STRING"], "r")
        self.assertEqual(environ["HTTP_HOST"], "other.example:81")
        self.assertEqual((environ["SERVER_NAME"], environ["SERVER_PORT"]), ("other.example", "81"))

    def test_absolute_form_without_a_path(self):
        environ = environ_of(target="http://other.example?q")
        self.assertEqual((environ["PATH_INFO"], environ["QUERY_STRING"]), ("/", "q"))


class Mount(unittest.TestCase):
    def assert_split(self, mount, target, script_name, path_info):
        environ = environ_of(target=target, settings={"SCRIPT_NAME": mount})
        self.assertEqual((environ["SCRIPT_NAME"], environ["PATH_INFO"]), (script_name, path_info))

    def test_the_path_is_split_behind_the_mount(self):
        self.assert_split("/shop", "/shop/cart?x=1", "/shop", "/cart")
        self.assert_split("/shop", "/shop/", "/shop", "/")
        self.assert_split("/shop", "/shop", "/shop", "")
        self.assert_split("/a/b", "/a/b/c", "/a/b", "/c")

    def test_a_path_beside_the_mount_stays_whole(self):
        for target in ("/", "/shopping", "/x/shop/y", "//shop/x", "/Shop/x"):
            self.assert_split("/shop", target, "", target)
        self.assert_split("/shop", "*", "", "")

    def test_both_are_compared_decoded(self):
        self.assert_split("/caf%C3%A9", "/caf%c3%a9/%25", "/caf\xc3\xa9", "/%")
        self.assert_split("/caf\xc3\xa9", "/caf%C3%A9/x", "/caf\xc3\xa9", "/x")
        self.assert_split("/shop", "/%73hop/x", "/shop", "/x")

    def test_a_mount_of_another_form_is_put_right(self):
        for mount in ("/shop/", "shop", "shop/", "//shop//"):
            self.assert_split(mount, "/shop/x", "/shop", "/x")
        for mount in ("/", "//", ""):
            self.assert_split(mount, "/x", "", "/x")


class Server(unittest.TestCase):
    def assert_server(self, expected, **options):
        environ = environ_of(**options)
        self.assertEqual((environ["SERVER_NAME"], environ["SERVER_PORT"]), expected)

    def test_authority_forms(self):
        self.assert_server(("a.example", "8080"), authority="a.example:8080")
        self.assert_server(("a.example", "80"), authority="a.example")
        self.assert_server(("a.example", "443"), authority="a.example", scheme="https")
        self.assert_server(("[::1]", "8080"), authority="[::1]:8080")
        self.assert_server(("[::1]", "80"), authority="[::1]")
        self.assert_server(("a.example", "81"), authority="user:secret@a.example:81")

    def test_nonsense_ports_give_the_default(self):
        self.assert_server(("a.example", "80"), authority="a.example:")
        self.assert_server(("a.example", "80"), authority="a.example:x1")

    def test_fallbacks(self):
        self.assert_server(("localhost", "80"), authority=None)
        self.assert_server(("localhost", "443"), authority=None, scheme="https")
        self.assert_server(("localhost", "80"), authority="")
        self.assert_server(("h.example", "82"), authority=None, headers=[("host", "h.example:82")])

    def test_host_is_filled_from_the_authority_without_its_user(self):
        self.assertEqual(environ_of(authority="u:p@a.example:81")["HTTP_HOST"], "a.example:81")
        self.assertEqual(environ_of(authority="a", headers=[("host", "b")])["HTTP_HOST"], "b")
        self.assertNotIn("HTTP_HOST", environ_of(authority=None))


class Headers(unittest.TestCase):
    def test_equal_lengths_count_once_and_nonsense_is_dropped(self):
        def length(*values):
            return environ_of(headers=[("content-length", value) for value in values]).get("CONTENT_LENGTH")

        self.assertEqual(length("3", "3"), "3")
        self.assertIsNone(length("3", "4"))
        self.assertIsNone(length("-3"))
        self.assertIsNone(length("3x"))
        self.assertIsNone(length("\xb2"))
        self.assertIsNone(length("9" * 5000))


if __name__ == "__main__":
    unittest.main()
