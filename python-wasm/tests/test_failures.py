"""What a build says when the machine fails it, and what it leaves then."""

import errno
import http.server
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from recipe import base, failures, sources

DEADLINE = 20
# A make whose one target is begun, and then waits to be interrupted.
MAKEFILE = "half:\n\techo begun > half; while :; do sleep 0.05; done\n"
MAKES = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from recipe import base
base.run(["make", "half"], cwd=Path(sys.argv[2]), log=Path(sys.argv[2], "log"))
"""


class InAFolder(unittest.TestCase):
    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.folder = Path(kept.name)

    def shell(self, script):
        base.run(["sh", "-c", script], cwd=self.folder, log=self.folder / "log")


class Commands(InAFolder):
    def test_one_that_reaches_nobody_names_what_is_not_fetched(self):
        with self.assertRaises(failures.Unfetched) as caught, failures.fetching("the clang"):
            self.shell("echo; echo \"E: Temporary failure resolving 'x'\" >&2; exit 1")
        self.assertTrue(
            str(caught.exception).startswith("the clang could not be fetched: E: Temporary failure")
        )
        self.assertIn("run the same command again", str(caught.exception))

    def test_one_that_fails_otherwise_is_not_taken_for_that(self):
        with self.assertRaises(base.RecipeError) as caught, failures.fetching("the clang"):
            self.shell("echo no such package >&2; exit 1")
        self.assertNotIsInstance(caught.exception, failures.Unfetched)

    def test_one_that_finds_no_room_says_where_and_how_much_is_needed(self):
        with self.assertRaises(base.RecipeError) as caught:
            self.shell("echo 'cp: error writing x: No space left on device' >&2; exit 1")
        self.assertIn(f"The disk is full: {self.folder} has ", str(caught.exception))

    def test_an_interrupted_make_leaves_nothing_half_made(self):
        (self.folder / "Makefile").write_text(MAKEFILE)
        room = str(Path(base.__file__).resolve().parents[1])
        build = subprocess.Popen([sys.executable, "-c", MAKES, room, self.folder], stderr=subprocess.DEVNULL)
        end = time.monotonic() + DEADLINE
        while not (self.folder / "half").exists():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        build.send_signal(signal.SIGINT)
        self.assertNotEqual(build.wait(DEADLINE), 0)
        self.assertFalse((self.folder / "half").exists())


class Folders(InAFolder):
    def test_a_full_disk_and_one_that_is_not_ours_name_a_cure(self):
        for code, said in ((errno.ENOSPC, "disk is full"), (errno.EROFS, "cannot be written to")):
            with self.assertRaises(base.RecipeError) as caught, failures.explained(self.folder):
                raise OSError(code, os.strerror(code))
            self.assertIn(said, str(caught.exception))
            self.assertIn("WASGI_CACHE", str(caught.exception))

    def test_a_cache_below_a_file_is_named(self):
        (self.folder / "file").touch()
        with (
            self.assertRaises(base.RecipeError) as caught,
            base.exclusive(self.folder / "file/x/lock", print),
        ):
            self.fail("there is no lock")
        self.assertIn("cannot be written to", str(caught.exception))

    def test_a_download_cut_short_later_is_fetched_again(self):
        right = self.folder / "right"
        right.write_bytes(b"right")
        pin = {"file": "thing", "sha256": base.sha256_of(right)}

        def fetch(into):
            (into / "came").write_bytes(b"right")
            return into / "came"

        kept = base.pinned_file(self.folder, pin, fetch)
        kept.write_bytes(b"ri")
        self.assertEqual(base.pinned_file(self.folder, pin, fetch).read_bytes(), b"right")


class BreaksOff(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"half")

    def log_message(self, *_):
        pass


class Downloads(InAFolder):
    def test_one_that_breaks_off_is_told_as_that(self):
        with http.server.HTTPServer(("127.0.0.1", 0), BreaksOff) as server:
            threading.Thread(target=server.handle_request, daemon=True).start()
            with self.assertRaises(failures.Unfetched) as caught, mock.patch.dict(os.environ, no_proxy="*"):
                sources.download(f"http://127.0.0.1:{server.server_port}/x", self.folder / "came")
        self.assertIn("broke off after 4 of 10 bytes", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
