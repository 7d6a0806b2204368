"""`python -m wasgi` where the command is in each of its places, missing, or for another machine."""

import shutil
import subprocess
import sys
import tempfile
import unittest
import venv
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


class Module(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        self.packages = self.folder / "packages"
        shutil.copytree(REPOSITORY / "guest" / "hooks" / "wasgi", self.packages / "wasgi")
        shutil.copy(REPOSITORY / "release" / "package" / "__main__.py", self.packages / "wasgi")

    def run_module(self, python=sys.executable):
        environment = {"PYTHONPATH": str(self.packages), "HOME": str(self.folder), "PATH": "/nowhere"}
        command = [python, "-m", "wasgi", "run", "app.py"]
        return subprocess.run(command, env=environment, check=False, capture_output=True, text=True)

    def place(self, path, text="#!/bin/sh\necho $0 $@\nexit 3\n"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def test_the_command_takes_the_place_of_python(self):
        for path in (self.packages / "bin" / "wasgi", self.folder / ".local" / "bin" / "wasgi"):
            self.place(path)
            done = self.run_module()
            self.assertEqual((done.returncode, done.stdout), (3, f"{path} run app.py\n"), done.stderr)

    def test_that_of_the_virtual_environment_comes_first(self):
        self.place(self.packages / "bin" / "wasgi")
        venv.create(self.folder / "env")
        command = self.folder / "env" / "bin" / "wasgi"
        self.place(command)
        self.assertEqual(
            self.run_module(self.folder / "env" / "bin" / "python").stdout, f"{command} run app.py\n"
        )

    def test_a_missing_command_is_told_with_the_cure(self):
        done = self.run_module()
        self.assertEqual(done.returncode, 1)
        self.assertIn("installed without its command `wasgi`", done.stderr)
        self.assertIn("-m pip install --force-reinstall wasgi", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_command_for_another_machine_is_told(self):
        self.place(self.packages / "bin" / "wasgi", "\x7fELF is all there is of it\n")
        done = self.run_module()
        self.assertEqual(done.returncode, 1)
        self.assertIn("does not start (Exec format error)", done.stderr)


if __name__ == "__main__":
    unittest.main()
