"""Prints the native Python 3.13 that CPython for WASI was built with: the peers run on it."""

import json
import subprocess
import sys
from pathlib import Path

RECIPE = Path(__file__).resolve().parent.parent / "python-wasm" / "build.py"
folder = subprocess.run(
    [sys.executable, RECIPE, "path"], check=True, capture_output=True, text=True
).stdout.strip()
python = json.loads((Path(folder) / "toolchain.json").read_text())["python"]
if Path(folder).parent in Path(python).parents:
    sys.exit(
        "error: this machine has no Python 3.13 but the one that CPython for WASI was built with, which is "
        "compiled for being there soon. A comparison with it would flatter: install a Python 3.13."
    )
print(python)
