"""The bill of materials: what is linked, with versions, licences and hashes, and nothing else."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import bill
from project import ReleaseError

LOCK = [
    {"name": "wasgi", "version": "0.2.0"},
    {"name": "zstd", "version": "0.13.3", "checksum": "aa"},
    {"name": "bytes", "version": "1.0.0", "checksum": "bb"},
]


class Bill(unittest.TestCase):
    def test_crates_of_a_registry_are_listed_once(self):
        lines = [
            "wasgi v0.2.0 (/src)\tMIT",
            "zstd v0.13.3\tMIT / Apache-2.0",
            "bytes v1.0.0\tMIT",
            "bytes v1.0.0\tMIT (*)",
        ]
        tree = "\n".join(lines)
        found = bill.crates(tree, LOCK)
        self.assertEqual([part["name"] for part in found], ["bytes", "zstd"])
        self.assertEqual(found[1]["licenses"], [{"expression": "MIT OR Apache-2.0"}])
        self.assertEqual(found[1]["hashes"], [{"alg": "SHA-256", "content": "aa"}])
        self.assertEqual(found[1]["purl"], "pkg:cargo/zstd@0.13.3")

    def test_a_crate_without_a_licence_is_refused(self):
        with self.assertRaises(ReleaseError) as caught:
            bill.crates("bytes v1.0.0\t\n", LOCK)
        self.assertIn("bytes 1.0.0 names no licence", str(caught.exception))

    def test_parts_of_the_guest_have_their_own_names(self):
        cpython = {
            "name": "CPython",
            "version": "3.14.2",
            "sha256": "cc",
            "licence": "PSF-2.0",
            "from": "Debian",
        }
        patches = {"name": "patches", "revision": "r1", "licence": "PSF-2.0"}
        held = {
            "name": "a-crate",
            "version": "1",
            "sha256": "dd",
            "holds": "SQLite 3.50.1",
            "licence": "blessing",
        }
        found = bill.guest_parts([cpython, patches, held])
        self.assertEqual(
            [(part["name"], part["version"]) for part in found],
            [("CPython", "3.14.2"), ("patches", "r1"), ("SQLite", "3.50.1")],
        )
        self.assertEqual(found[0]["description"], "Debian")
        # The hash is that of the crate, which holds more than the part.
        self.assertNotIn("hashes", found[2])

    def test_the_document_is_about_one_binary(self):
        document = bill.document([bill.part("a", "1", "MIT")], "0a")
        self.assertEqual((document["bomFormat"], document["specVersion"]), ("CycloneDX", "1.6"))
        self.assertEqual(document["metadata"]["component"]["hashes"][0]["content"], "0a")
        self.assertEqual(json.dumps(document), json.dumps(bill.document([bill.part("a", "1", "MIT")], "0a")))

    def test_what_compiles_is_not_what_is_linked(self):
        """Asks the real cargo."""
        names = {part["name"] for part in bill.crates(bill.linked("x86_64"), bill.locked())}
        self.assertLessEqual({"clap", "hyper", "ring", "wasmtime", "zstd-sys"}, names)
        for other in ("wasgi", "clap_derive", "cc", "serde_derive", "criterion", "proptest"):
            self.assertNotIn(other, names)


if __name__ == "__main__":
    unittest.main()
