"""Tests that hang are ended, and named."""

import contextlib
import io
import os
import select
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recipe import silence

HANGS = """
import subprocess, sys
print("test quick ... ok")
print("test slow has been running for over 60 seconds")
print("test stuck has been running for over 60 seconds")
print("test slow ... ok", flush=True)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], stdin=subprocess.DEVNULL)
print(child.pid, flush=True)
child.wait()
"""


class SilenceTest(unittest.TestCase):
    def run_script(self, script, seconds):
        """The exit code, what the command said, and what was said of it."""
        told, said = [], io.TextIOWrapper(io.BytesIO())
        with contextlib.redirect_stdout(said):
            code = silence.call([sys.executable, "-c", script], "/", seconds, told.append)
        return code, said.buffer.getvalue().decode(), told

    def test_passes_output_and_code_on(self):
        code, said, told = self.run_script("print('test quick ... ok'); raise SystemExit(3)", 60)
        self.assertEqual((code, said, told), (3, "test quick ... ok\n", []))

    def test_names_what_hangs_and_ends_it(self):
        code, said, told = self.run_script(HANGS, 2)
        self.assertEqual(code, 1)
        self.assertIn("  stuck", told)
        self.assertNotIn("  slow", told)
        child = int(said.split()[-1])
        self.assertTrue(any(line.startswith(f"  {child} ") and "sleep(1000)" in line for line in told), told)
        self.assertTrue(ends(child))


def ends(pid):
    """Whether a process is gone, or goes within a minute."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], 60)[0])
    finally:
        os.close(process)


if __name__ == "__main__":
    unittest.main()
