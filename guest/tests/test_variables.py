"""The host's variables: connection settings, and PEP 3333, "Application Configuration"."""

import os
import unittest
import unittest.mock

from wasgi_guest.resume import resume

from .fake import environ_of

# Connection settings as C passes them.
CONNECTION = {
    "REMOTE_ADDR": "192.0.2.7",
    "REMOTE_HOST": "192.0.2.7",
    "REMOTE_PORT": "4711",
    "SERVER_PROTOCOL": "HTTP/2",
    "SCRIPT_NAME": "/shop",
}


class Granted(unittest.TestCase):
    def resume(self, granted):
        """Returns the entries of the environ and of os.environ."""
        settings = CONNECTION.copy()
        with unittest.mock.patch.dict(os.environ, clear=True):
            resume(settings, granted)
            return (
                {key: settings[key] for key in settings.keys() - CONNECTION.keys()},
                dict(os.environ),
                settings,
            )

    def test_granted_variables_are_for_both(self):
        pairs = [("SETTINGS", "shop.prod"), ("shop.database", "/db"), ("WASGI_OTHER", "")]
        self.assertEqual(self.resume(pairs)[:2], (dict(pairs), dict(pairs)))

    def test_a_granted_variable_cannot_pose_as_the_requests_or_the_gateways(self):
        names = "HTTP_PROXY", "CONTENT_LENGTH", "CONTENT_TYPE", "wsgi.input", *CONNECTION
        pairs = [(name, "x") for name in names]
        self.assertEqual(self.resume(pairs), ({}, dict(pairs), CONNECTION))
        environ = environ_of(settings={"REQUEST_METHOD": "x", "PATH_INFO": "x", "SERVER_NAME": "x"})
        self.assertEqual((environ["REQUEST_METHOD"], environ["PATH_INFO"]), ("GET", "/"))
        self.assertEqual(environ["SERVER_NAME"], "example.org")

    def test_the_environ_gets_native_strings(self):
        city = "K\xf6ln\u20ac"
        self.assertEqual(
            self.resume([("CITY", city)])[:2], ({"CITY": "K\xc3\xb6ln\xe2\x82\xac"}, {"CITY": city})
        )

    def test_a_host_without_variables(self):
        self.assertEqual(self.resume(None), ({}, {}, CONNECTION))


class Environ(unittest.TestCase):
    def test_the_environ_tells_the_connection(self):
        environ = environ_of(target="/shop/cart", settings=CONNECTION)
        self.assertEqual((environ["REMOTE_ADDR"], environ["REMOTE_PORT"]), ("192.0.2.7", "4711"))
        self.assertEqual(environ["SERVER_PROTOCOL"], "HTTP/2")
        self.assertEqual((environ["SCRIPT_NAME"], environ["PATH_INFO"]), ("/shop", "/cart"))

    def test_a_client_cannot_forge_it(self):
        names = [name for key in CONNECTION for name in (key, f"WASGI_{key}")]
        forged = [(name, "forged") for name in names] + [(name.replace("_", "-"), "forged") for name in names]
        environ = environ_of(headers=forged)
        self.assertNotIn("REMOTE_ADDR", environ)
        self.assertEqual((environ["SERVER_PROTOCOL"], environ["SCRIPT_NAME"]), ("HTTP/1.1", ""))
        self.assertTrue(all(key.startswith("HTTP_") for key, value in environ.items() if value == "forged"))


if __name__ == "__main__":
    unittest.main()
