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
import build as training
import client
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


class WhatCargoIsTold(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.used = self.folder / ".cargo"
        self.config = self.used / "config.toml"
        self.enterContext(mock.patch.multiple(training, USED=self.used, CONFIG=self.config))

    def kept(self, name):
        path = self.folder / f"host-{name}.profdata"
        path.write_text(name)
        return path

    def files(self):
        return sorted(path.name for path in self.used.glob("*"))

    def test_the_newest_profile_and_no_other(self):
        training.use(self.kept("1"))
        training.use(self.kept("2"))
        self.assertEqual(self.files(), ["config.toml", "host-2.profdata"])
        self.assertIn(f'"-Cprofile-use={self.used}/host-2.profdata"', self.config.read_text())

    def test_nothing_is_written_again(self):
        kept = self.kept("1")
        training.use(kept)
        before = self.config.stat().st_mtime_ns
        training.use(kept)
        self.assertEqual(self.config.stat().st_mtime_ns, before)

    def test_none(self):
        training.forget()
        training.use(self.kept("1"))
        training.forget()
        self.assertEqual(self.files(), [])

    def test_somebody_elses_configuration_stays(self):
        self.used.mkdir()
        self.config.write_text("[build]\n")
        self.enterContext(mock.patch.object(training, "tell"))
        self.enterContext(mock.patch.object(base, "exclusive", side_effect=AssertionError))
        for opted_out in ("0", "1"):
            with mock.patch.dict("os.environ", {training.OPT_OUT: opted_out, "RUSTFLAGS": ""}):
                training.main()
            self.assertEqual(self.config.read_text(), "[build]\n")
        self.assertEqual(self.files(), ["config.toml"])
        self.assertIn("move what it says", training.others_flags({}))

    def test_flags_of_the_environment_take_the_place_of_ours(self):
        self.assertIsNone(training.others_flags({"RUSTFLAGS": ""}))
        self.assertIn("unset it", training.others_flags({"RUSTFLAGS": "-Dwarnings"}))


class NoProfile(unittest.TestCase):
    def test_the_reason_names_the_cure(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(training, "WORK", Path(folder)):
            self.assertIn("rustup component add llvm-tools", training.refusal(None))
            self.assertIn("rustup component add llvm-tools", training.refusal("false"))

    def test_when_it_is_made_again(self):
        self.assertNotEqual(training.key("rustc 1.95.0"), training.key("rustc 1.96.0"))
        with mock.patch.object(training, "WEIGHT", 1):
            other = training.key("rustc 1.95.0")
        self.assertNotEqual(training.key("rustc 1.95.0"), other)

    def test_when_it_is_not_wanted(self):
        with (
            mock.patch.dict("os.environ", {training.OPT_OUT: "1"}),
            mock.patch.object(training, "forget") as forgotten,
            mock.patch.object(base, "exclusive", side_effect=AssertionError),
        ):
            training.main()
        forgotten.assert_called_once_with()
