"""Finds the line that is to be named for what happens while an application is imported."""

import sys
import tokenize
from itertools import islice
from typing import NamedTuple

from . import inert
from .layout import APPLICATION, GATEWAY, PACKAGES, STDLIB

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
        source = _source(self.file, self.line).strip()
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
        owner = owner_of(frame)
        if owner == APPLICATION:
            return place_of(frame)
        if owner == PACKAGES:
            package = place_of(frame)
            if code.co_name == "<module>":
                break
        elif owner == STDLIB and (code.co_name == "<module>" or harmless(code)):
            return None
        frame = frame.f_back
    return package


def asker(ways: frozenset[str]) -> Place | None:
    """Gives the line that asked by way of the standard library's files in `ways`, or of none; None when the
    standard library asked on its own account."""
    frame = behind(ways)
    is_told = frame is not None and owner_of(frame) in {APPLICATION, PACKAGES}
    return place_of(frame) if is_told else None


def stdlib_name(filename: str) -> str:
    """Gives the path of a file of the standard library within that, such as `logging/__init__.py`."""
    if filename.startswith("<frozen "):
        return filename[len("<frozen ") : -1].replace(".", "/") + ".py"
    return filename.removeprefix(STDLIB)


def file_of(frame) -> str:
    """Gives the file that a frame's code says it is from."""
    return inert.text(frame.f_code.co_filename) or ""


def owner_of(frame) -> str | None:
    """Gives the folder that a frame's code is from: APPLICATION, PACKAGES or STDLIB; None for any other."""
    filename = file_of(frame)
    # The gateway lies beside the standard library where it is tested.
    if filename.startswith(GATEWAY):
        return None
    for folder in (APPLICATION, PACKAGES, STDLIB):
        if filename.startswith(folder):
            return folder
    return STDLIB if filename.startswith("<frozen ") else None


def behind(ways: frozenset[str], frame=None):
    """Gives the frame, from `frame` or the caller's on, that asked by way of the standard library's files in
    `ways`, or of none."""
    frame = frame or sys._getframe(1)
    while frame is not None and _is_way(frame, ways):
        frame = frame.f_back
    return frame


def place_of(frame) -> Place:
    """Gives the line at which a frame is."""
    module = inert.text(inert.entry(frame.f_globals, "__name__"))
    return Place(file_of(frame), frame.f_lineno or 0, module or "", owner_of(frame) == APPLICATION)


def _is_way(frame, ways: frozenset[str]) -> bool:
    filename = file_of(frame)
    return filename.startswith(GATEWAY) or (owner_of(frame) == STDLIB and stdlib_name(filename) in ways)


def _source(file: str, number: int) -> str:
    """Gives a line's text. Not by linecache, which may ask a loader of the application for it."""
    try:
        with tokenize.open(file) as lines:
            return next(islice(lines, max(number - 1, 0), None), "")
    except (OSError, SyntaxError, UnicodeError):
        return ""
