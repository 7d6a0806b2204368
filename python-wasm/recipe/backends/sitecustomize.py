"""Stands in for every build backend (PEP 517) where this folder is on PYTHONPATH.

pip asks a source distribution's backend for its metadata before it keeps the file. The true backend would be
whatever release of it the index has today, and would run code of the package on this machine. What is asked
for lies in the file as PKG-INFO.
"""

import importlib.abc
import importlib.machinery
import shutil
import sys
from email.parser import HeaderParser
from pathlib import Path

NAMES = {
    "flit_core.buildapi",
    "hatchling.build",
    "maturin",
    "mesonpy",
    "poetry.core.masonry.api",
    "scikit_build_core.build",
    "scikit_build_core.setuptools.build_meta",
    "setuptools.build_meta",
}


class Backend:
    def prepare_metadata_for_build_wheel(self, folder, _settings=None):
        about = HeaderParser().parsestr(Path("PKG-INFO").read_text(errors="replace"), headersonly=True)
        name = f"{about['Name'].replace('-', '_')}-{about['Version']}.dist-info"
        (Path(folder) / name).mkdir()
        shutil.copy("PKG-INFO", Path(folder) / name / "METADATA")
        return name

    def build_wheel(self, *_):
        raise NotImplementedError

    build_sdist = build_wheel


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the backends, and the packages that they are in."""

    def find_spec(self, name, _path=None, _target=None):
        if any(known == name or known.startswith(f"{name}.") for known in NAMES):
            return importlib.machinery.ModuleSpec(name, self, is_package=name not in NAMES)
        return None

    def create_module(self, _spec):
        return None

    def exec_module(self, module):
        backend = Backend()
        # By this name pip asks where a package names no backend, and packages derive theirs from it.
        module.__legacy__ = backend
        # Packages with a backend of their own over this one take from it what it names.
        module.__all__ = ["prepare_metadata_for_build_wheel", "build_wheel", "build_sdist"]
        for name in module.__all__:
            setattr(module, name, getattr(backend, name))


sys.meta_path.insert(0, Finder())
