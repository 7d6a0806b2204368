"""What a program needs is read right, and a wheel's tag is no promise that it cannot keep."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import elf
from programs import program
from project import ReleaseError


class Reading(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "wasgi"

    def read(self, content):
        self.path.write_bytes(content)
        return elf.read(self.path)

    def refusal(self, content):
        with self.assertRaises(ReleaseError) as caught:
            self.read(content).platform_tag()
        return str(caught.exception)

    def test_the_newest_version_decides(self):
        versions = ["GLIBC_2.9", "GLIBC_2.34", "GLIBC_2.2.5", "GCC_3.0"]
        found = self.read(program(["libc.so.6", "libgcc_s.so.1"], versions))
        self.assertEqual(found.libraries, ["libc.so.6", "libgcc_s.so.1"])
        self.assertEqual(found.versions, set(versions))
        self.assertEqual(found.platform_tag(), "manylinux_2_34_x86_64")

    def test_a_version_without_a_number_counts_too(self):
        found = self.read(program(versions=["GLIBC_2.17", "GLIBC_ABI_DT_RELR"]))
        self.assertEqual(found.platform_tag(), "manylinux_2_36_x86_64")

    def test_the_machine_is_in_the_tag(self):
        found = self.read(program(versions=["GLIBC_2.28"], machine=183))
        self.assertEqual(found.platform_tag(), "manylinux_2_28_aarch64")
        self.assertIn("its machine is number 243", self.refusal(program(machine=243)))

    def test_what_runs_nowhere_else_is_refused(self):
        self.assertIn("needs libssl.so.3", self.refusal(program(["libc.so.6", "libssl.so.3"])))
        self.assertIn("not linked with glibc", self.refusal(program([], [])))
        self.assertIn("GLIBC_PRIVATE", self.refusal(program(versions=["GLIBC_2.34", "GLIBC_PRIVATE"])))

    def test_what_is_no_program_is_named(self):
        for content in (b"", b"#!/bin/sh\n", b"\x7fELF\x01\x01\x01" + bytes(60)):
            self.assertIn(f"{self.path}: it is no program for 64-bit Linux", self.refusal(content))

    def test_no_cut_makes_it_crash(self):
        whole = program()
        for length in range(6, len(whole) - 1, 7):
            with self.assertRaises(ReleaseError):
                self.read(whole[:length]).platform_tag()

    def test_a_real_program_is_read(self):
        found = elf.read(Path(sys.executable).resolve())
        self.assertIn("libc.so.6", found.libraries)
        self.assertGreaterEqual(found.glibc(), (2, 14))


if __name__ == "__main__":
    unittest.main()
