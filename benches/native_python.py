"""Prints the native Python 3.13 that CPython for WASI was built with: the peers run on it."""

import json
import subprocess
import sys
from pathlib import Path

RECIPE = Path(__file__).resolve().parent.parent / "python-wasm" / "build.py"
folder = subprocess.run(
    [sys.executable, RECIPE, "path"], check=True, capture_output=True, text=True
).stdout.strip()
print(json.loads((Path(folder) / "toolchain.json").read_text())["python"])
