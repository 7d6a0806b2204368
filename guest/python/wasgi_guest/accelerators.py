"""C extensions of packages, compiled into the interpreter.

The import system finds them as built-in modules, under the names that the packages import.
`python-wasm/recipe/accelerators.py` builds them.
"""

import os
import sys

# Module: its distribution and major version. The module of another major version may have another interface.
_BELONGS_TO = {"markupsafe._speedups": ("markupsafe", "3")}


def keep_from_others(folders: list[str]) -> None:
    """Hides each module from a distribution of another major version, which then uses its fallback."""
    installed = _installed(folders)
    for module, (distribution, major) in _BELONGS_TO.items():
        if installed.get(distribution, major) != major:
            # None makes the import raise ModuleNotFoundError.
            sys.modules[module] = None


def _installed(folders: list[str]) -> dict[str, str]:
    """Returns major versions by distribution. If there are two, the first on the path counts: it is imported.

    importlib.metadata would leave the modules that it imports in the snapshot.
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
