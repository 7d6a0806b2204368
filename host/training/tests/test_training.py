"""The training without its server: the application and the client against each other, and what cargo is told.

python3 -m unittest discover -s host/training/tests
"""

import io
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock
from wsgiref import simple_server, validate

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import app
import client
import profiles
from recipe import base


class Quiet(simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


class Training(unittest.TestCase):
    def setUp(self):
        validated = validate.validator(app.app)
        self.server = simple_server.make_server("127.0.0.1", 0, validated, handler_class=Quiet)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        threading.Thread(target=self.server.serve_forever).start()

    def test_each_answer_is_as_expected_and_within_the_rules(self):
        for wanted in [client.SHORT, *client.MIXED]:
            with self.subTest(wanted.request[:40]):
                # wsgiref closes the connection after each.
                client.http1(self.server.server_port, 1, [wanted], 1)

    def test_another_status_ends_the_training(self):
        wanted = client.ask("/missing", status=200)
        with self.assertRaisesRegex(client.Untrained, "GET /missing .* is answered with 404"):
            client.http1(self.server.server_port, 1, [wanted], 1)


class Answers(unittest.TestCase):
    def read(self, text):
        return client.read_answer(io.BytesIO(text))

    def test_whole_ones(self):
        chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ndate: x\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        self.assertEqual(self.read(chunked), 200)
        self.assertEqual(self.read(b"HTTP/1.1 302 Found\r\ncontent-length: 2\r\n\r\nab"), 302)

    def test_one_that_breaks_off_has_no_status(self):
        self.assertEqual(self.read(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab"), 0)
        self.assertEqual(self.read(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"), 0)
        self.assertEqual(self.read(b""), 0)

    def test_the_end_of_a_stream(self):
        self.assertFalse(client.ends(client.HEADERS, client.END_HEADERS, b"\x88"))
        self.assertTrue(client.ends(client.DATA, client.END_STREAM, b"x"))
        self.assertFalse(client.ends(client.SETTINGS, client.ACK, b""))
        with self.assertRaises(client.Untrained):
            client.ends(client.HEADERS, client.END_STREAM, b"\x8d")


class WhatTheCompilerIsTold(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.enterContext(mock.patch.dict("os.environ", WASGI_CACHE=folder.name))
        self.enterContext(mock.patch.object(profiles, "tell"))

    def profile(self, environ=()):
        return profiles.Profile(mock.Mock(), dict(environ))

    def test_a_profile_that_is_there_is_used_and_not_made_again(self):
        profile = self.profile()
        self.assertEqual(profile.steps(), 2)
        profile.kept.parent.mkdir(parents=True)
        profile.kept.touch()
        self.assertEqual(profile.steps(), 0)
        self.enterContext(mock.patch.object(profiles, "make", side_effect=AssertionError))
        self.assertEqual(profile.flags(mock.Mock())[0], f"-Cprofile-use={profile.kept}")

    def test_none_where_it_is_not_wanted_or_others_flags_take_its_place(self):
        self.enterContext(mock.patch.object(base, "exclusive", side_effect=AssertionError))
        for environ in ({profiles.OPT_OUT: "1"}, {"RUSTFLAGS": "-Dwarnings"}):
            profile = self.profile(environ)
            self.assertEqual((profile.steps(), profile.flags(mock.Mock())), (0, []))

    def test_flags_of_the_environment_take_the_place_of_ours(self):
        self.assertIsNone(profiles.unwanted({"RUSTFLAGS": "", profiles.OPT_OUT: "0"}))
        self.assertIn("unset it", profiles.unwanted({"RUSTFLAGS": "-Dwarnings"}))


class NoProfile(unittest.TestCase):
    def test_the_reason_names_the_cure(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(profiles, "WORK", Path(folder)):
            self.assertIn("rustup component add llvm-tools", profiles.refusal(None))
            self.assertIn("rustup component add llvm-tools", profiles.refusal("false"))

    def test_when_it_is_made_again(self):
        self.assertNotEqual(profiles.key("rustc 1.95.0"), profiles.key("rustc 1.96.0"))
        with mock.patch.object(profiles, "WEIGHT", 1):
            other = profiles.key("rustc 1.95.0")
        self.assertNotEqual(profiles.key("rustc 1.95.0"), other)
