"""Parts of packages that are written in C and compiled into the interpreter.

The import system finds them under the names that the packages ask for, as it finds any built-in module.
`python-wasm/recipe/accelerators.py` makes them.
"""

import os
import sys

# By module, its distribution and the major version that it belongs to: others may mean something else by it.
_BELONGS_TO = {"markupsafe._speedups": ("markupsafe", "3")}


def keep_from_others(folders: list[str]) -> None:
    """Hides each one from a distribution of another major version, which then goes on without."""
    installed = _installed(folders)
    for module, (distribution, major) in _BELONGS_TO.items():
        if installed.get(distribution, major) != major:
            # How sys.modules says that a module is not to be found.
            sys.modules[module] = None


def _installed(folders: list[str]) -> dict[str, str]:
    """Major versions by distribution; of two, that which is imported.

    Not by importlib.metadata: the modules that it needs would stay in the snapshot.
    """
    majors = {}
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            if name.endswith(".dist-info"):
                distribution, _, version = name.removesuffix(".dist-info").partition("-")
                majors.setdefault(distribution.lower(), version.partition(".")[0])
    return majors
