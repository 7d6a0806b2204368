"""The kept dependencies, without cargo: python3 -m unittest discover -s host/tests"""

import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python-wasm"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import dependencies
from recipe.base import RecipeError
from recipe.progress import Progress


class Kept(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.kept = dependencies.Dependencies({"WASGI_CACHE": str(self.folder / "cache")})
        self.target = self.folder / "target"

    def compile(self, script):
        """With a script in cargo's place, which finds the target folder in $5."""
        program = self.folder / "cargo"
        program.write_text(f"#!/bin/sh\nset -e\ntarget=$5\n{script}")
        program.chmod(0o755)
        path = f"{self.folder}:{os.environ['PATH']}"
        with mock.patch.dict("os.environ", PATH=path), self.kept.compiled(Progress(1, lambda _: None)):
            pass

    def test_a_clone_gets_them_but_for_the_workspaces_own_crates(self):
        self.compile(
            "for name in tokio-1 wasgi-deps-2; do\n"
            'mkdir -p "$target/release/.fingerprint/$name"; done\n'
            'echo 1 > "$target/release/.fingerprint/tokio-1/lib"'
        )
        self.assertFalse(self.kept.missing())
        self.kept.give(self.target)
        known = self.target / "release" / ".fingerprint"
        self.assertEqual([path.name for path in known.iterdir()], ["tokio-1"])
        self.assertEqual((known / "tokio-1/lib").read_text(), "1\n")

    def test_what_a_clone_compiled_against_others_goes(self):
        self.compile('mkdir -p "$target/release/deps"; echo new > "$target/release/deps/libtokio-1.rlib"')
        deps, command = self.target / "release" / "deps", self.target / "release" / "wasgi"
        deps.mkdir(parents=True)
        for path in (deps / "libtokio-1.rlib", deps / "libtower-1.rlib", command):
            path.write_text("own")
        self.kept.give(self.target)
        self.assertEqual([path.name for path in deps.iterdir()], ["libtokio-1.rlib"])
        self.assertEqual((deps / "libtokio-1.rlib").read_text(), "new\n")
        self.assertEqual(command.read_text(), "own")
        (deps / "libtower-1.rlib").write_text("own")
        self.kept.give(self.target)
        self.assertTrue((deps / "libtower-1.rlib").exists(), "once is enough")

    def test_what_failed_is_not_kept_and_goes_on_from_where_it_was(self):
        with self.assertRaisesRegex(RecipeError, "no network\n\ncargo failed"):
            self.compile('mkdir "$target/release"; echo "no network"; exit 1')
        self.assertTrue(self.kept.missing())
        self.kept.give(self.target)
        self.assertFalse(self.target.exists())
        self.compile('test -d "$target/release"')
        self.assertFalse(self.kept.missing())

    def test_the_oldest_go(self):
        for age in range(3):
            old = self.kept.home / f"old-{age}"
            old.mkdir(parents=True)
            os.utime(old, (age, age))
        self.compile("")
        self.assertEqual({path.name for path in self.kept.home.glob("*/")}, {"old-2", self.kept.folder.name})

    def test_other_flags_are_others(self):
        environ = {"WASGI_CACHE": "/nowhere"}
        plain = dependencies.Dependencies(environ).folder
        self.assertEqual(dependencies.Dependencies({**environ, "HOME": "/other"}).folder, plain)
        for name in ("RUSTFLAGS", "CARGO_PROFILE_RELEASE_LTO"):
            self.assertNotEqual(dependencies.Dependencies({**environ, name: "1"}).folder, plain)
