"""The recipe's pure parts, on any Python: keys, hashes, apt sources, the choice of patches.

python3 -m unittest discover -s python-wasm/tests
"""

import hashlib
import os
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from typing import ClassVar
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from recipe import apt, base, building, cpython, openssl, progress, sources, steps, training

MIRROR = "http://mirror.example/debian"


class AptSources(unittest.TestCase):
    def test_one_line_style(self):
        found = apt.parse_one_line(
            "# deb http://commented.example x main\n"
            f"deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] {MIRROR}/ bookworm main contrib # why\n"
            "deb-src http://two.example/debian bookworm-security main\n"
        )
        self.assertEqual(
            found,
            [
                {"uri": MIRROR, "suite": "bookworm", "signed_by": "/usr/share/keyrings/k.gpg"},
                {"uri": "http://two.example/debian", "suite": "bookworm-security", "signed_by": ""},
            ],
        )

    def test_deb822_style(self):
        found = apt.parse_deb822(
            f"Types: deb\n# a comment inside\nURIs: {MIRROR}\nSuites: bookworm bookworm-updates\n"
            "Components: main\nSigned-By: /k.gpg\n\n"
            "Types: deb\nEnabled: no\nURIs: http://off.example\nSuites: off\n"
        )
        self.assertEqual([entry["suite"] for entry in found], ["bookworm", "bookworm-updates"])
        self.assertEqual({entry["uri"] for entry in found}, {MIRROR})
        self.assertEqual(found[0]["signed_by"], "/k.gpg")

    def test_both_styles_are_read(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "sources.list.d").mkdir()
            (folder / "sources.list").write_text("deb http://one.example a main\n")
            (folder / "sources.list.d/x.list").write_text("deb http://two.example b main\n")
            (folder / "sources.list.d/y.sources").write_text("URIs: http://three.example\nSuites: c\n")
            (folder / "sources.list.d/z.list.disabled").write_text("deb http://four.example d main\n")
            self.assertEqual([entry["suite"] for entry in apt.system_entries(folder)], ["a", "b", "c"])

    def test_stable_comes_from_the_machines_own_mirrors(self):
        entries = [
            apt.entry_of(MIRROR, "bookworm", ""),
            apt.entry_of("http://s.example", "bookworm-security", ""),
        ]
        text = apt.stable_sources(entries, "bookworm", "trixie")
        self.assertIn(f"URIs: {MIRROR}\nSuites: trixie\n", text)
        self.assertIn("URIs: http://s.example\nSuites: trixie-security\n", text)
        self.assertIn("Types: deb deb-src\n", text)

    def test_foreign_sources_give_nothing(self):
        self.assertEqual(
            apt.stable_sources([apt.entry_of("http://x.example", "stable", "")], "bookworm", "trixie"), ""
        )

    def test_without_debian_the_cure_is_named(self):
        with (
            mock.patch.object(apt, "debian_release", return_value=None),
            self.assertRaises(base.RecipeError) as caught,
        ):
            apt.Apt(Path("/nowhere"), "clang-19")
        self.assertIn("Set WASI_SDK_PATH", str(caught.exception))


class Hashes(unittest.TestCase):
    PIN: ClassVar = {"file": "thing.tar", "sha256": hashlib.sha256(b"right").hexdigest()}

    def fetch(self, content):
        def fetched(folder):
            (folder / "came").write_bytes(content)
            return folder / "came"

        return fetched

    def test_a_wrong_hash_says_what_came_and_what_was_wanted(self):
        with tempfile.TemporaryDirectory() as name, self.assertRaises(base.RecipeError) as caught:
            base.pinned_file(Path(name), self.PIN, self.fetch(b"wrong"))
        for part in ("thing.tar", hashlib.sha256(b"wrong").hexdigest(), self.PIN["sha256"], "pins.toml"):
            self.assertIn(part, str(caught.exception))

    def test_a_right_one_is_fetched_once(self):
        with tempfile.TemporaryDirectory() as name:
            first = base.pinned_file(Path(name), self.PIN, self.fetch(b"right"))
            self.assertEqual(base.pinned_file(Path(name), self.PIN, self.fail), first)
            self.assertEqual([path.name for path in Path(name).iterdir()], [first.name])


class Keys(unittest.TestCase):
    PINS = building.Build(Path("/nowhere")).pins

    def keys(self, pins):
        keys = {}
        for step in steps.STEPS.values():
            keys[step.name] = steps.key_of(step, pins, keys)
        return keys

    def test_a_pin_reaches_what_depends_on_it_and_nothing_else(self):
        before = self.keys(self.PINS)
        wheels = self.PINS["wheels"]
        newer = {**wheels, "tzdata": {**wheels["tzdata"], "version": "1"}}
        after = self.keys({**self.PINS, "wheels": newer})
        changed = {name for name in before if before[name] != after[name]}
        self.assertEqual(changed, {"wheels", "stdlib", "accelerators", "package", "smoke"})

    def test_the_choice_of_a_toolchain_is_part_of_the_key(self):
        before = self.keys(self.PINS)
        with mock.patch.dict(os.environ, WASI_SDK_PATH="/opt/wasi-sdk"):
            after = self.keys(self.PINS)
        self.assertNotEqual(before["libraries"], after["libraries"])
        self.assertEqual(before["sources"], after["sources"])

    def test_every_step_comes_after_what_it_needs(self):
        names = list(steps.STEPS)
        for name, step in steps.STEPS.items():
            for needed in step.needs:
                self.assertLess(names.index(needed), names.index(name))
        self.assertEqual(steps.in_order(["libraries"]), ["toolchain", "crates", "libraries"])

    def test_every_pinned_download_has_a_hash_and_a_licence(self):
        pins = self.PINS
        crates = [*pins["crates"].values(), *pins["build-crates"].values()]
        for pin in [pins["python"], pins["wasi-libc"], *pins["wheels"].values(), *crates]:
            self.assertRegex(pin["sha256"], "^[0-9a-f]{64}$")
            self.assertTrue(pin["licence"])


class Plain(unittest.TestCase):
    def test_it_takes_none_of_the_steps_of_a_training(self):
        with tempfile.TemporaryDirectory() as name:
            build = building.Build(Path(name))
        self.assertFalse(build.profiled)
        needed = steps.in_order(["package", "smoke"], build.steps)
        self.assertFalse({"instrumented", "frameworks", "profile"} & {*needed, *build.steps})

    def test_the_two_ways_share_what_they_have_in_common_and_nothing_else(self):
        plain, profiled = (building.Build(Path("/nowhere"), profiled) for profiled in (False, True))
        same = {name for name in plain.steps if plain.keys[name] == profiled.keys[name]}
        self.assertEqual({*plain.steps} - same, {"python", "stdlib", "accelerators", "package", "smoke"})

    def test_a_profile_that_is_there_is_used(self):
        with tempfile.TemporaryDirectory() as name:
            done = building.Build(Path(name), profiled=True).folder("profile")
            done.mkdir(parents=True)
            (done / "done.json").touch()
            self.assertTrue(building.Build(Path(name)).profiled)
            self.assertFalse(building.Build(Path(name), profiled=False).profiled)


class Told(unittest.TestCase):
    def setUp(self):
        self.lines, self.time = [], 0
        self.progress = progress.Progress(2, self.lines.append, lambda: self.time)

    def test_which_step_of_how_many_and_how_long(self):
        with self.progress.step("configure", "CPython's configure", 50):
            self.time = 130
        self.assertEqual(
            self.lines,
            [
                "step 1 of 2: configure: CPython's configure (about 50 s)",
                "step 1 of 2: configure: done in 2 min 10 s",
            ],
        )

    def test_one_that_failed_is_not_done(self):
        with self.assertRaises(base.RecipeError), self.progress.step("configure", "", 1):
            raise base.RecipeError("no")
        self.assertEqual(len(self.lines), 1)

    def test_one_that_takes_long_is_told_to_be_at_work(self):
        beaten = threading.Event()
        progress_ = progress.Progress(1, lambda line: "by now" in line and beaten.set())
        with mock.patch.object(progress, "HEARTBEAT", 0.01), progress_.step("python", "", 60):
            self.assertTrue(beaten.wait(30))


class Training(unittest.TestCase):
    def test_all_of_it_is_part_of_the_keys(self):
        named = {Path(name).name for step in ("profile", "instrumented") for name in steps.STEPS[step].files}
        scripts = {path.name for path in training.TRAINING.iterdir() if path.is_file()}
        self.assertLessEqual(scripts, named)

    def test_without_a_profile_the_compiler_is_told_of_none(self):
        with tempfile.TemporaryDirectory() as name:
            build = mock.Mock(folder=lambda step: Path(name) / step, profiled=True)
            self.assertEqual(cpython.profile_flags(build), [])
            (Path(name) / "profile").mkdir()
            (Path(name) / "profile" / cpython.PROFILE).touch()
            plain = mock.Mock(folder=lambda step: Path(name) / step, profiled=False)
            self.assertEqual(cpython.profile_flags(plain), [])
            self.assertEqual(
                cpython.profile_flags(build), [f"-fprofile-use={name}/profile/{cpython.PROFILE}"]
            )


class Places(unittest.TestCase):
    def test_the_cache(self):
        root = base.cache_root
        self.assertEqual(root({"WASGI_CACHE": "/c", "XDG_CACHE_HOME": "/x"}), Path("/c"))
        self.assertEqual(root({"XDG_CACHE_HOME": "/x"}), Path("/x/wasgi"))
        self.assertEqual(root({}), Path.home() / ".cache/wasgi")

    def test_a_failing_command_shows_its_last_lines_and_its_log(self):
        with tempfile.TemporaryDirectory() as name, self.assertRaises(base.RecipeError) as caught:
            base.run(["sh", "-c", "echo out of luck; exit 3"], cwd=name, log=Path(name) / "log")
        self.assertIn("out of luck", str(caught.exception))
        self.assertIn(f"{name}/log", str(caught.exception))


class Patches(unittest.TestCase):
    def test_the_order_of_series_is_kept(self):
        series = "#off.diff\nmultiarch.diff\nssl-b.diff\nCVE-2025-1.patch # why\n\ndict-use-after-free.diff\n"
        chosen = sources.selected(series, ["CVE-*", "ssl-*", "dict-use-after-free*"])
        self.assertEqual(chosen, ["ssl-b.diff", "CVE-2025-1.patch", "dict-use-after-free.diff"])

    def test_the_revision_is_read_from_the_archives_name(self):
        name = Path("python3.14_3.14.2-1+deb14u1.debian.tar.xz")
        self.assertEqual(sources.revision_of(name), "3.14.2-1+deb14u1")

    def test_what_a_package_does_to_itself_mends_nothing(self):
        series = "man-section.patch\nFix-overflow.patch\npic.patch\nConfigure-allow-to-enable-ktls.patch\n"
        self.assertEqual(openssl.fixes(series, ["man-*", "pic*", "Configure-*"]), ["Fix-overflow.patch"])

    def test_the_headers_of_openssl_say_what_is_there(self):
        with tempfile.TemporaryDirectory() as name:
            header = Path(name) / "configuration.h"
            header.write_text("# ifndef OPENSSL_NO_SOCK\n#  define OPENSSL_NO_SOCK\n# endif\n")
            openssl.declare(header)
            self.assertNotIn("define OPENSSL_NO_SOCK", header.read_text())
            self.assertIn("define OPENSSL_THREADS", header.read_text())
            with self.assertRaisesRegex(base.RecipeError, "does not say once"):
                openssl.declare(header)


class BuildPython(unittest.TestCase):
    def test_one_that_exists_but_does_not_run_is_passed_over(self):
        with tempfile.TemporaryDirectory() as name:
            shim = Path(name) / "python3.14"
            shim.write_text("#!/bin/sh\necho 'pyenv: python3.14: command not found' >&2\nexit 127\n")
            shim.chmod(0o755)
            self.assertFalse(cpython.works(shim, "3.14"))
            self.assertFalse(cpython.works(Path(name) / "missing", "3.14"))


if __name__ == "__main__":
    unittest.main()
