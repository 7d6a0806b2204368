"""Descriptions of packages with native code, and what is changed in their sources."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recipe import descriptions, native
from recipe.base import RecipeError


class Descriptions(unittest.TestCase):
    def test_every_source_has_a_hash_and_a_licence(self):
        for package in descriptions.packages():
            about = package.about
            for part in [about["source"], *about.get("library", [])]:
                with self.subTest(package.name, file=part["file"]):
                    self.assertRegex(part["sha256"], r"^[0-9a-f]{64}$")
                    self.assertTrue(part["licence"])
            cffi = about.get("c", {}).get("cffi", {})
            crate, build = about.get("cargo", {}), about.get("meson", {})
            for wheel in [part for how in (crate, cffi, build) for part in how.get("wheel", [])]:
                self.assertRegex(wheel["sha256"], r"^[0-9a-f]{64}$")
            self.assertTrue(about["serves"] and about["modules"] and about["licence-files"], package.name)

    def test_a_version_that_is_served_is_the_one_of_the_source(self):
        for package in descriptions.packages():
            version = package.about["source"]["version"]
            served = [prefix for prefix in package.about["serves"] if f"{version}.".startswith(f"{prefix}.")]
            self.assertTrue(served, package.name)

    def test_files_of_this_repository_are_part_of_it(self):
        for package in descriptions.packages(["cffi", "cryptography", "psycopg2"]):
            self.assertTrue(package.own_files(), package.name)
            self.assertTrue(all(file.is_file() for file in package.own_files()), package.name)

    def test_a_description_has_what_it_uses_behind_its_own(self):
        own = {"c": {"flags": ["-DX"], "files": {"a": "1"}}, "edit": [{"file": "a"}]}
        shared = {"c": {"flags": ["-DY"], "files": {"b": "2"}}, "edit": [{"file": "b"}], "library": [{}]}
        both = descriptions.joined(own, shared)
        self.assertEqual(both["c"], {"flags": ["-DX", "-DY"], "files": {"a": "1", "b": "2"}})
        self.assertEqual(both["edit"], [{"file": "a"}, {"file": "b"}])
        self.assertEqual(both["library"], shared["library"])
        with self.assertRaisesRegex(RecipeError, "both say what its `serves` is"):
            descriptions.joined({"serves": ["1"], "c": {}}, {"c": {}, "serves": "2"})


class Edits(unittest.TestCase):
    def setUp(self):
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "lib.rs"

    def test_what_is_there_once_is_replaced(self):
        self.file.write_text("one two three")
        native.edit(self.file, "two", "2")
        self.assertEqual(self.file.read_text(), "one 2 three")

    def test_what_is_there_often_is_replaced_where_that_is_asked_for(self):
        self.file.write_text("one two two")
        native.edit(self.file, "two", "2", every=True)
        self.assertEqual(self.file.read_text(), "one 2 2")
        with self.assertRaises(RecipeError):
            native.edit(self.file, "two", "2", every=True)

    def test_anything_else_is_an_error(self):
        for text in ("one three", "two two"):
            self.file.write_text(text)
            with self.assertRaisesRegex(RecipeError, r"lib\.rs does not say once"):
                native.edit(self.file, "two", "2")
