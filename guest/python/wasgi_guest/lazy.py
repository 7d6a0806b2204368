"""Imports before the snapshot what the application's first request imports.

An application that cannot be warmed up, as its pages read a database, would import the same modules in every
request: often most of a request's time.
"""

import builtins
import importlib
import sys

from . import inert
from .late import take_out


class Imports:
    """A context that hears which modules are imported, in the order in which these imports begin.

    The order in `sys.modules` is that of their ends, in which modules that import each other may fail.
    """

    def __init__(self):
        self._names: dict[str, None] = {}
        # The modules that a module's body imports, also where they were there already.
        self._used: dict[str, set[str]] = {}

    def __enter__(self):
        sys.meta_path.insert(0, self)
        self._import, builtins.__import__ = builtins.__import__, self._imported
        return self

    def __exit__(self, *_):
        builtins.__import__ = self._import
        take_out(self)

    def find_spec(self, name, path=None, target=None):
        """Leaves the search to the other finders."""
        self._names[name] = None

    def _imported(self, name, *rest, **named):
        module = self._import(name, *rest, **named)
        frame = sys._getframe(1)
        if frame.f_code.co_name == "<module>":
            importer = inert.text(inert.entry(frame.f_globals, "__name__")) or ""
            # After `globals` and `locals`.
            fromlist = named.get("fromlist") or (rest[2] if len(rest) > 2 else None) or ()
            found = inert.text(inert.entry(inert.names(module), "__name__")) if fromlist else name
            used = self._used.setdefault(importer, set())
            used.update([found or "", *(f"{found}.{each}" for each in fromlist)])
        return module

    def names(self, busy: set[str]) -> list[str]:
        """Returns the names of the modules that can be imported beforehand.

        A module in `busy` read, drew or opened something while it was imported, which every request must do
        for itself; nor can what lies within it be imported without it, or what imports it.
        """
        modules = dict(inert.modules())
        found = [name for name in self._names if name in modules and _is_importable(name, modules[name])]
        return self._without(found, busy)

    def _without(self, found: list[str], busy: set[str]) -> list[str]:
        """Leaves out modules until none needs one that was left out."""
        left = [name for name in found if not self._needs(name, busy)]
        return left if len(left) == len(found) else self._without(left, busy.union(found).difference(left))

    def _needs(self, name: str, busy: set[str]) -> bool:
        needed = [name, *self._used.get(name, ())]
        return any(_is_within(each, other) for each in needed for other in busy)


def bring(names: list[str]) -> None:
    """Imports modules as a request would; what fails now, a request tries again."""
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            pass


def _is_importable(name: str, module) -> bool:
    """Whether an import by this name finds the module: some programs put objects of their own there."""
    spec = inert.entry(inert.names(module), "__spec__")
    return inert.attribute(spec, "name") == name and not _is_within(name, __package__)


def _is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")
