"""The release as a whole: what is refused before anything is lost, and the sums."""

import contextlib
import io
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import archive
import build
import project
import tools
from project import ReleaseError

SCRIPT = Path(build.__file__)


def git(folder, *words):
    own = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def refusal(self, run, *args):
        with self.assertRaises(ReleaseError) as caught:
            run(*args)
        return str(caught.exception)


class Sources(Folder):
    def setUp(self):
        super().setUp()
        self.made = self.folder / "made"
        self.made.mkdir()
        self.tree = self.folder / "tree"
        self.tree.mkdir()
        git(self.tree, "init", "-q")
        (self.tree / "a.txt").write_text("a\n")
        (self.tree / ".gitignore").write_text("ignored\n")
        git(self.tree, "add", ".")
        git(self.tree, "commit", "-q", "-m", "a")
        patched = mock.patch.object(tools, "REPOSITORY", self.tree)
        patched.start()
        self.addCleanup(patched.stop)

    def test_the_archive_has_what_git_has_and_is_the_same_each_time(self):
        (self.tree / "ignored").write_text("a build's\n")
        path = archive.write(self.made)
        name = f"wasgi-{project.version()}"
        self.assertEqual(path.name, f"{name}.tar.gz")
        listed = subprocess.run(["tar", "-tzf", path], check=True, capture_output=True, text=True).stdout
        self.assertEqual(listed.split(), [f"{name}/", f"{name}/.gitignore", f"{name}/a.txt"])
        first = path.read_bytes()
        (self.tree / "a.txt").touch()
        self.assertEqual(archive.write(self.made).read_bytes(), first)

    def test_a_tree_with_changes_is_refused_by_name(self):
        (self.tree / "a.txt").write_text("b\n")
        (self.tree / "new.py").touch()
        message = self.refusal(archive.write, self.made)
        self.assertIn("differs from its last commit", message)
        self.assertIn(" M a.txt\n?? new.py", message)
        self.assertEqual(list(self.made.iterdir()), [])

    def test_without_git_the_message_names_it(self):
        with mock.patch.dict("os.environ", {"PATH": str(self.made)}):
            self.assertIn("needs `git`, which is not there. Install git.", self.refusal(archive.check))


class Binaries(Folder):
    def binary(self, version):
        path = self.folder / "wasgi"
        path.write_text(f"#!/bin/sh\necho wasgi {version}\n")
        path.chmod(0o755)
        return path

    def test_a_binary_of_this_version_is_taken(self):
        path = self.binary(project.version())
        self.assertEqual(build.checked(path), path.resolve())

    def test_another_version_is_refused(self):
        self.assertIn("build it again", self.refusal(build.checked, self.binary("0.0.1")))

    def test_what_is_not_there_or_does_not_start_is_refused(self):
        self.assertIn("is not there: `./just build`", self.refusal(build.checked, self.folder / "none"))
        path = self.binary("0")
        path.chmod(0o644)
        self.assertIn("does not start: Permission denied", self.refusal(build.checked, path))

    def test_the_sums_are_read_by_sha256sum(self):
        (self.folder / "man").mkdir()
        (self.folder / "man" / "wasgi.1").write_text("page")
        (self.folder / "wasgi").write_text("program")
        (self.folder / build.SUMS).write_text(build.sums(self.folder))
        check = ["sha256sum", "--check", "--strict", build.SUMS]
        said = subprocess.run(check, cwd=self.folder, check=True, capture_output=True, text=True).stdout
        self.assertEqual(said, "man/wasgi.1: OK\nwasgi: OK\n")

    def test_a_failed_release_leaves_the_last_one(self):
        dist = self.folder / "dist"
        dist.mkdir()
        (dist / "kept").touch()
        with (
            mock.patch.object(build, "DIST", dist),
            mock.patch.object(build, "completions", side_effect=ReleaseError("no")),
        ):
            self.refusal(build.make_all, self.binary(project.version()))
        self.assertTrue((dist / "kept").exists())


class CommandLine(unittest.TestCase):
    def test_a_wrong_word_shows_the_right_ones(self):
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(ReleaseError) as caught:
            build.main(["ship"])
        self.assertIn("release/build.py wheel BINARY", str(caught.exception))

    def test_errors_are_one_message(self):
        command = [sys.executable, SCRIPT, "wheel", "/nowhere/wasgi"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stderr.startswith("error: /nowhere/wasgi is not there"), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
