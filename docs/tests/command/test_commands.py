"""Every command of README and guide does what the document says: `./just test-docs`, after a build.

They run in the order of the document, in a copy of a folder of places/. A server runs until the next
one starts; the kernel chooses its port, and it has to answer `/`. A recipe of the justfile is looked up, not
run: building and testing take minutes.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "written"))

from blocks import DOCUMENTS, PLACES, ROOT, Command, Document
from command_line import BINARY
from served import Served

#: Holds the virtual environments beside the applications of places: `./just requirements` makes them.
PACKAGES = ROOT / ".tools" / "guide"
#: Places whose applications have one of their own.
OWN = {"rest-framework"}
#: Places whose applications need no packages.
WITHOUT_PACKAGES = {"README", "deploy", "install"}
#: What a deployment has in its environment.
SETTINGS = {"SECRET_KEY": "for the test"}


class Reader:
    """Types the commands of one document."""

    def __init__(self, scratch: Path):
        self._scratch = scratch
        self._server: Served | None = None
        self._env = {**os.environ, **SETTINGS, "PATH": f"{BINARY.parent}:{os.environ['PATH']}"}
        self._env.pop("VIRTUAL_ENV", None)

    def type(self, command: Command) -> None:
        line = re.sub(r"^\./just run ", "wasgi run ", command.line)
        folder = self._place(command.place)
        if line.startswith("./just "):
            self._run(line.replace("./just ", "./just --dry-run ", 1), ROOT, [])
        elif re.match(r"wasgi (?:run|serve)\b", line):
            self._serve(line, folder, command.output)
        else:
            at = self._server.address if self._server else "127.0.0.1:8000"
            self._run(line.replace("127.0.0.1:8000", at), folder, command.output)

    def stop(self) -> None:
        if self._server:
            self._server.stop()
        self._server = None

    def _place(self, name: str) -> Path:
        folder = self._scratch / name
        if not folder.exists():
            place = PLACES / name
            shutil.copytree(place, folder) if place.exists() else folder.mkdir()
            (folder / "examples").symlink_to(ROOT / "examples")
            if place.exists() and name not in WITHOUT_PACKAGES:
                (folder / ".venv").symlink_to(PACKAGES / (name if name in OWN else "applications"))
        return folder

    def _serve(self, line: str, folder: Path, expected: list[str]) -> None:
        self.stop()
        self._server = Served(line, folder, self._env)
        if self._server.status != 200:
            raise AssertionError(f"{line}: / is {self._server.status}")
        for shown in expected:
            self._server.wait_for(_pattern(shown))

    def _run(self, line: str, folder: Path, expected: list[str]) -> None:
        shell = ["bash", "-euo", "pipefail", "-c", line]
        ended = subprocess.run(shell, check=False, cwd=folder, env=self._env, capture_output=True, text=True)
        # A body may lack its last line end.
        printed = f"{ended.stdout}\n{ended.stderr}"
        if ended.returncode:
            raise AssertionError(f"{line} ends with {ended.returncode}:\n{printed}")
        for shown in expected:
            if not any(_pattern(shown).match(one) for one in printed.splitlines()):
                raise AssertionError(f"{line} does not print {shown!r}, but:\n{printed}")


def _pattern(shown: str) -> re.Pattern:
    """Matches the line with other numbers, in another folder, on another kernel."""
    pattern = re.sub(r"\d+(?:[\d.,]*\d)?", r"[\\d.,]+", re.escape(shown).replace(r"\.", "."))
    pattern = re.sub(r"/home/you/\S*", r"\\S+", pattern)
    return re.compile(re.sub(r"(memory\\ is\\ reset\\ by\\ ).*", r"\1.*", pattern) + "$")


class Commands(unittest.TestCase):
    """A test for each document is added below."""

    def setUp(self):
        self.assertTrue(BINARY.is_file(), f"{BINARY} is not there: `./just build` makes it")
        for name in {"applications", *OWN}:
            folder = PACKAGES / name
            self.assertTrue(folder.is_dir(), f"{folder} is not there: `./just requirements` makes it")


def _test(path: Path):
    def test(self):
        with tempfile.TemporaryDirectory() as scratch:
            reader = Reader(Path(scratch))
            self.addCleanup(reader.stop)
            for command in Document(path).commands:
                if command.not_run is None:
                    reader.type(command)
            reader.stop()

    return test


for _path in DOCUMENTS:
    setattr(Commands, f"test_{_path.stem.replace('-', '_').lower()}", _test(_path))


if __name__ == "__main__":
    unittest.main()
