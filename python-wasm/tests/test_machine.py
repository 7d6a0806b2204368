"""What is asked of a machine before a build, on machines that do not exist."""

import sys
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from recipe import machine
from recipe.base import RecipeError

DEBIAN = {"ID": "debian", "VERSION_CODENAME": "bookworm"}
GOOD = machine.Machine(
    system="Linux",
    processor="x86_64",
    libc="glibc",
    distribution=DEBIAN,
    environ={"WASGI_CACHE": "/cache"},
    python=(3, 11),
    which=lambda tool: f"/usr/bin/{tool}",
    has_module=lambda name: True,
    version_of=lambda tool: (99, 0, 0),
    has_header=lambda name: True,
    has_perl=lambda: True,
    has_build_python=lambda: True,
    has_debian_sources=lambda: True,
    disk=lambda folder: (1, 100 * machine.GIB),
    writable=lambda folder: True,
)
BARE = replace(
    GOOD,
    which=lambda tool: None,
    has_module=lambda name: False,
    version_of=lambda tool: (),
    has_header=lambda name: False,
    has_perl=lambda: False,
    has_build_python=lambda: False,
)


def message(of, for_tests=False):
    try:
        machine.require(for_tests, of)
    except RecipeError as error:
        return str(error)
    return ""


class Machines(unittest.TestCase):
    def test_one_that_has_it_all_is_asked_for_nothing(self):
        self.assertEqual(machine.check(True, GOOD), [])
        self.assertEqual(message(GOOD, True), "")

    def test_all_that_is_missing_comes_in_one_message_with_one_command(self):
        said = message(BARE, True)
        packages = "python3-pip python3-venv gcc libc6-dev make patch perl zlib1g-dev dpkg nodejs npm"
        self.assertTrue(said.endswith(f"\n  sudo apt-get install {packages}"), said)
        self.assertIn("Install it with rustup", said)

    def test_each_distribution_has_its_own_names(self):
        fedora = replace(BARE, distribution={"ID": "rocky", "ID_LIKE": "rhel centos fedora"})
        self.assertIn(
            "sudo dnf install python3-pip python3 gcc glibc-devel make patch perl zlib-devel", message(fedora)
        )
        alpine = replace(BARE, distribution={"ID": "alpine"})
        self.assertIn("sudo apk add py3-pip python3 gcc musl-dev make patch perl zlib-dev", message(alpine))
        other = replace(BARE, distribution={})
        self.assertIn("your distribution's names: pip, venv, cc, make, patch, perl, zlib.h", message(other))

    def test_an_old_rust_is_named_with_both_versions(self):
        old = replace(GOOD, version_of=lambda tool: (1, 70, 0) if tool == "rustc" else (99,))
        wanted = ".".join(str(part) for part in machine.rust_version())
        self.assertIn(f"Rust {wanted} or later with cargo: this is 1.70.0. Run `rustup update`", message(old))
        same = replace(GOOD, version_of=lambda tool: (*machine.rust_version(), 0))
        self.assertEqual(machine.check(False, same), [])

    def test_node_is_asked_for_by_the_tests_alone(self):
        old = replace(GOOD, version_of=lambda tool: (18, 19, 0) if tool == "node" else (99,))
        self.assertEqual(machine.check(False, old), [])
        self.assertIn("Node 20 or later", message(old, True))

    def test_another_system_processor_or_libc_is_named(self):
        self.assertIn("this is Darwin", message(replace(GOOD, system="Darwin")))
        self.assertIn("this is aarch64", message(replace(GOOD, processor="aarch64")))
        musl = replace(GOOD, libc="")
        self.assertIn("glibc", message(musl))
        self.assertEqual(message(replace(musl, environ={"WASI_SDK_PATH": "/sdk"})), "")

    def test_zlib_is_asked_for_only_where_a_python_has_to_be_built(self):
        self.assertEqual(message(replace(GOOD, has_header=lambda name: False)), "")
        without = replace(GOOD, has_header=lambda name: False, has_build_python=lambda: False)
        self.assertIn("zlib1g-dev", message(without))

    def test_a_perl_without_its_modules_is_named(self):
        self.assertIn("Perl with its modules", message(replace(GOOD, has_perl=lambda: False)))

    def test_without_debian_a_sdk_gives_the_compiler_but_not_the_patches(self):
        other = replace(GOOD, has_debian_sources=lambda: False)
        self.assertIn("for clang and wasi-libc", message(other))
        sdk = replace(other, environ={"WASI_SDK_PATH": "/sdk"})
        self.assertIn("for CPython's security patches", message(sdk))
        self.assertEqual(message(replace(sdk, environ={**sdk.environ, "WASGI_WITHOUT_PATCHES": "1"})), "")

    def test_folders_of_one_disk_need_the_sum(self):
        full = replace(GOOD, disk=lambda folder: (1, 2 * machine.GIB))
        self.assertIn("4.0 GiB of disk for /cache and ", message(full))
        two = replace(GOOD, disk=lambda folder: (folder, 2 * machine.GIB))
        self.assertEqual(message(two), "")

    def test_a_cache_that_cannot_be_written_to_is_named(self):
        said = message(replace(GOOD, writable=lambda folder: folder != Path("/cache")))
        self.assertIn("a folder to write to: /cache. Make it yours, or set WASGI_CACHE", said)

    def test_this_machine_answers_every_question(self):
        self.assertIsInstance(machine.check(True), list)


if __name__ == "__main__":
    unittest.main()
