"""The host's variables: the side channel, and PEP 3333, "Application Configuration"."""

import os
import unittest
import unittest.mock

from wasgi_guest.resume import resume
from wasgi_guest.variables import native, split

from .fake import environ_of

CONNECTION = [
    ("WASGI_REMOTE_ADDR", "192.0.2.7"),
    ("WASGI_REMOTE_PORT", "4711"),
    ("WASGI_SERVER_PROTOCOL", "HTTP/2"),
    ("WASGI_SCRIPT_NAME", "/shop"),
]


class Split(unittest.TestCase):
    def test_the_side_channel_is_for_the_environ_alone(self):
        settings, granted = split(CONNECTION)
        self.assertEqual(granted, [])
        self.assertEqual(
            settings,
            {
                "REMOTE_ADDR": "192.0.2.7",
                "REMOTE_HOST": "192.0.2.7",
                "REMOTE_PORT": "4711",
                "SERVER_PROTOCOL": "HTTP/2",
                "SCRIPT_NAME": "/shop",
            },
        )

    def test_what_is_empty_is_not_told(self):
        self.assertEqual(split([(name, "") for name, _ in CONNECTION]), ({}, []))

    def test_granted_variables_are_for_both(self):
        pairs = [("SETTINGS", "shop.prod"), ("shop.database", "/db"), ("WASGI_OTHER", "")]
        self.assertEqual(split(pairs), (dict(pairs), pairs))

    def test_a_granted_variable_cannot_pose_as_the_requests_or_the_gateways(self):
        names = "HTTP_PROXY", "CONTENT_LENGTH", "CONTENT_TYPE", "wsgi.input", "REMOTE_ADDR", "SCRIPT_NAME"
        pairs = [(name, "x") for name in names]
        self.assertEqual(split([*CONNECTION, *pairs]), (split(CONNECTION)[0], pairs))
        environ = environ_of(settings={"REQUEST_METHOD": "x", "PATH_INFO": "x", "SERVER_NAME": "x"})
        self.assertEqual((environ["REQUEST_METHOD"], environ["PATH_INFO"]), ("GET", "/"))
        self.assertEqual(environ["SERVER_NAME"], "example.org")

    def test_values_are_native_strings(self):
        self.assertEqual(split([("CITY", "K\xf6ln\u20ac")])[0], {"CITY": "K\xc3\xb6ln\xe2\x82\xac"})
        self.assertIs(native("plain"), "plain")


class Environ(unittest.TestCase):
    def test_the_environ_tells_the_connection(self):
        environ = environ_of(target="/shop/cart", settings=split(CONNECTION)[0])
        self.assertEqual((environ["REMOTE_ADDR"], environ["REMOTE_PORT"]), ("192.0.2.7", "4711"))
        self.assertEqual(environ["SERVER_PROTOCOL"], "HTTP/2")
        self.assertEqual((environ["SCRIPT_NAME"], environ["PATH_INFO"]), ("/shop", "/cart"))

    def test_a_client_cannot_forge_it(self):
        forged = [(name.replace("_", "-"), "forged") for name, _ in CONNECTION]
        forged += [(name, "forged") for name, _ in CONNECTION] + [
            ("remote-addr", "forged"),
            ("REMOTE_ADDR", "f"),
        ]
        environ = environ_of(headers=forged)
        self.assertNotIn("REMOTE_ADDR", environ)
        self.assertEqual((environ["SERVER_PROTOCOL"], environ["SCRIPT_NAME"]), ("HTTP/1.1", ""))
        for name, _ in CONNECTION:
            self.assertNotIn(name, environ)


class Resume(unittest.TestCase):
    def test_os_environ_gets_what_is_granted(self):
        with unittest.mock.patch.dict(os.environ, clear=True):
            settings = resume([*CONNECTION, ("GRANTED", "K\xf6ln")])
            self.assertEqual(dict(os.environ), {"GRANTED": "K\xf6ln"})
        self.assertEqual((settings["GRANTED"], settings["REMOTE_PORT"]), ("K\xc3\xb6ln", "4711"))

    def test_a_host_without_variables(self):
        self.assertEqual(resume(None), {})


if __name__ == "__main__":
    unittest.main()
