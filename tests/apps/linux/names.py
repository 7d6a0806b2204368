"""The public names of modules as CPython has them on Linux: `names/`, a file for each module.

Run by such a Python, it writes these files; in a sandbox, it tells which names are missing.
"""

import importlib
import pathlib
import sys

_FOLDER = pathlib.Path(__file__).parent / "names"


def public(module: str) -> list[str]:
    return [name for name in sorted(dir(importlib.import_module(module))) if not name.startswith("_")]


def missing() -> dict[str, list[str]]:
    """By module."""
    found = {}
    for file in sorted(_FOLDER.iterdir()):
        wanted = file.read_text().split()
        if file.stem == "sys.stdlib_module_names":
            found[file.stem] = [name for name in wanted if name not in sys.stdlib_module_names]
        else:
            there = set(dir(importlib.import_module(file.stem)))
            found[file.stem] = [name for name in wanted if name not in there]
    return found


if __name__ == "__main__":
    for file in _FOLDER.iterdir():
        names = (
            sorted(sys.stdlib_module_names)
            if "." in file.stem and file.stem.startswith("sys.")
            else public(file.stem)
        )
        file.write_text("".join(f"{name}\n" for name in names))
