"""Finds the line that is to be named for what happens while an application is imported."""

import linecache
import os
import sys
from typing import NamedTuple

STDLIB = os.path.dirname(os.__file__) + os.sep
PACKAGES = STDLIB + "site-packages" + os.sep
APPLICATION = "/app/"
_HERE = os.path.dirname((lambda: None).__code__.co_filename) + os.sep

_LONGEST_SOURCE = 80


class Place(NamedTuple):
    """A line of the application or of a package."""

    file: str
    line: int
    # As importlib knows it.
    module: str
    is_application: bool

    def __str__(self) -> str:
        """The path as the developer knows it, the line's number and its text."""
        file = self.file.removeprefix(APPLICATION if self.is_application else PACKAGES)
        source = linecache.getline(self.file, self.line).strip()
        if len(source) > _LONGEST_SOURCE:
            source = source[: _LONGEST_SOURCE - 3] + "..."
        return f"{file}:{self.line} {source}".rstrip()


def find(harmless=lambda code: False) -> Place | None:
    """Gives whom to name, seen from the caller; None where nobody is.

    The nearest line of the application. Where there is none on the way out, it is a line of a package: the
    one that runs as that is imported. A module of the standard library that is imported, or one of its
    functions that is `harmless`, ends the search: what it does is known, and its own affair.
    """
    frame = sys._getframe(1)
    package = None
    while frame is not None:
        code = frame.f_code
        owner = _owner(code.co_filename)
        if owner == APPLICATION:
            return _place(frame, True)
        if owner == PACKAGES:
            package = _place(frame, False)
            if code.co_name == "<module>":
                break
        elif owner == STDLIB and (code.co_name == "<module>" or harmless(code)):
            return None
        frame = frame.f_back
    return package


def asker(ways: frozenset[str]) -> Place | None:
    """Gives the line that asked by way of the standard library's files in `ways`, or of none; None when the
    standard library asked on its own account."""
    frame = sys._getframe(1)
    while frame is not None and _is_way(frame.f_code.co_filename, ways):
        frame = frame.f_back
    owner = frame and _owner(frame.f_code.co_filename)
    return _place(frame, owner == APPLICATION) if owner in {APPLICATION, PACKAGES} else None


def stdlib_name(filename: str) -> str:
    """Gives the path of a file of the standard library within that, such as `logging/__init__.py`."""
    if filename.startswith("<frozen "):
        return filename[len("<frozen ") : -1].replace(".", "/") + ".py"
    return filename.removeprefix(STDLIB)


def _is_way(filename: str, ways: frozenset[str]) -> bool:
    return filename.startswith(_HERE) or (_owner(filename) == STDLIB and stdlib_name(filename) in ways)


def _owner(filename: str) -> str | None:
    # The gateway lies beside the standard library where it is tested.
    if filename.startswith(_HERE):
        return None
    for folder in (APPLICATION, PACKAGES, STDLIB):
        if filename.startswith(folder):
            return folder
    return STDLIB if filename.startswith("<frozen ") else None


def _place(frame, is_application: bool) -> Place:
    module = frame.f_globals.get("__name__")
    return Place(frame.f_code.co_filename, frame.f_lineno, str(module), is_application)
