"""The wheel: true about itself, the same from the same inputs, and one with the module that the guest has."""

import ast
import base64
import email
import hashlib
import os
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import project
import wheel
from programs import program

HOOKS = project.REPOSITORY / "guest" / "hooks" / "wasgi" / "__init__.py"


class Wheel(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.binary = self.folder / "wasgi"
        self.binary.write_bytes(program(versions=["GLIBC_2.31"]))
        self.manual = self.folder / "man"
        self.manual.mkdir()
        (self.manual / "wasgi.1").write_text(".TH wasgi 1\n")

    def write(self):
        return wheel.write(self.binary, self.manual, self.folder)

    def content(self):
        with zipfile.ZipFile(self.write()) as archive:
            return {entry.filename: (entry, archive.read(entry)) for entry in archive.infolist()}

    def test_name_and_tag_say_what_the_program_needs(self):
        tag = "py3-none-manylinux_2_31_x86_64"
        self.assertEqual(self.write().name, f"wasgi-{project.version()}-{tag}.whl")
        _, kind = self.content()[f"wasgi-{project.version()}.dist-info/WHEEL"]
        self.assertIn(f"Root-Is-Purelib: false\nTag: {tag}\n".encode(), kind)

    def test_all_of_it_is_there_and_recorded(self):
        content = self.content()
        info, data = f"wasgi-{project.version()}.dist-info", f"wasgi-{project.version()}.data"
        wanted = {
            *(f"wasgi/{name}" for name in ("__init__.py", "__init__.pyi", "__main__.py", "py.typed")),
            *(f"{data}/{name}" for name in ("scripts/wasgi", "data/share/man/man1/wasgi.1")),
            *(f"{info}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE")),
        }
        self.assertEqual(set(content), wanted)
        lines = content[f"{info}/RECORD"][1].decode().splitlines()
        self.assertEqual(lines.pop(), f"{info}/RECORD,,")
        for line in lines:
            name, digest, size = line.split(",")
            found = content[name][1]
            self.assertEqual(int(size), len(found))
            padded = digest.removeprefix("sha256=") + "="
            self.assertEqual(base64.urlsafe_b64decode(padded), hashlib.sha256(found).digest())
        self.assertEqual(len(lines), len(wanted) - 1)

    def test_the_command_alone_is_executable(self):
        modes = {name: entry.external_attr >> 16 for name, (entry, _) in self.content().items()}
        command = f"wasgi-{project.version()}.data/scripts/wasgi"
        self.assertEqual(modes.pop(command), 0o100755)
        self.assertEqual(set(modes.values()), {0o100644})

    def test_the_metadata_is_complete(self):
        _, text = self.content()[f"wasgi-{project.version()}.dist-info/METADATA"]
        found = email.message_from_bytes(text)
        self.assertEqual(found["Metadata-Version"], "2.4")
        self.assertEqual((found["Name"], found["Version"]), ("wasgi", project.version()))
        self.assertEqual(found["License-Expression"], project.workspace()["license"])
        self.assertEqual((found["License-File"], found["Requires-Python"]), ("LICENSE", ">=3.9"))
        # An expression of licences takes the place of these (PEP 639).
        self.assertFalse([name for name in found.get_all("Classifier") if name.startswith("License")])
        self.assertTrue(found.get_payload().startswith("# wasgi\n"))

    def test_the_same_inputs_make_the_same_file(self):
        first = self.write().read_bytes()
        os.utime(self.binary, (1, 1))
        self.assertEqual(self.write().read_bytes(), first)
        with mock.patch.dict(os.environ, {"SOURCE_DATE_EPOCH": "1700000000"}):
            entry, _ = self.content()["wasgi/__init__.py"]
        self.assertEqual(entry.date_time, (2023, 11, 14, 22, 13, 20))

    def test_an_older_wheel_gives_way(self):
        old = self.folder / "wasgi-0.1.0-py3-none-manylinux_2_31_x86_64.whl"
        old.touch()
        new = self.write()
        self.assertEqual(list(self.folder.glob("*.whl")), [new])

    def test_the_stub_has_what_the_module_has(self):
        self.assertEqual(interface(project.REPOSITORY / "release/package/__init__.pyi"), interface(HOOKS))


def interface(path: Path) -> set:
    """Names, and of functions the parameters."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            found |= {(node.name, part.name, *(arg.arg for arg in part.args.args)) for part in methods}
        elif isinstance(node, ast.FunctionDef):
            found.add((node.name, *(arg.arg for arg in node.args.args)))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            found.add(("__all__", *ast.literal_eval(node.value)))
    return found


if __name__ == "__main__":
    unittest.main()
