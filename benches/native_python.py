"""Prints the native Python that CPython for WASI was built with: the peers run on it."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python-wasm"))

from recipe.base import ROOM
from recipe.version import SERIES

folder = subprocess.run(
    [sys.executable, ROOM / "build.py", "path"], check=True, capture_output=True, text=True
).stdout.strip()
python = json.loads((Path(folder) / "toolchain.json").read_text())["python"]
if Path(folder).parent in Path(python).parents:
    sys.exit(
        f"error: this machine has no Python {SERIES} but the one that CPython for WASI was built with, which "
        f"is compiled for being there soon. A comparison with it would flatter: install a Python {SERIES}."
    )
print(python)
