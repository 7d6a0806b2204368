"""Finds the callsite of an event at import: the line of the application or package that a notice names."""

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
    # The module's `__name__`.
    module: str
    is_application: bool

    def __str__(self) -> str:
        """Returns the path as the developer knows it, the line's number and its text."""
        file = self.file.removeprefix(APPLICATION if self.is_application else PACKAGES)
        source = _source(self.file, self.line).strip()
        if len(source) > _LONGEST_SOURCE:
            source = source[: _LONGEST_SOURCE - 3] + "..."
        return f"{file}:{self.line} {source}".rstrip()


def find(harmless=lambda code: False) -> Place | None:
    """Returns the callsite, searching outwards from the caller; None if there is none to name.

    It is the nearest line of the application. A package's line at its own import ends the search and is the
    callsite itself; without either, the package's outermost line is. A module of the standard library that is
    being imported, or one of its functions that is `harmless`, means None: its behaviour is known.
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
    """Returns the line that made a call, directly or through the standard library's files in `ways`; None if
    the standard library made it for itself."""
    frame = behind(ways)
    is_told = frame is not None and owner_of(frame) in {APPLICATION, PACKAGES}
    return place_of(frame) if is_told else None


def being_imported() -> list[str]:
    """Returns the names of the modules whose bodies run."""
    names, frame = [], sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "<module>":
            names.append(inert.text(inert.entry(frame.f_globals, "__name__")) or "")
        frame = frame.f_back
    return names


def stdlib_name(filename: str) -> str:
    """Returns a file's path relative to the standard library, such as `logging/__init__.py`."""
    if filename.startswith("<frozen "):
        return filename[len("<frozen ") : -1].replace(".", "/") + ".py"
    return filename.removeprefix(STDLIB)


def file_of(frame) -> str:
    """Returns the file name in a frame's code."""
    return inert.text(frame.f_code.co_filename) or ""


def owner_of(frame) -> str | None:
    """Returns the folder of a frame's code: APPLICATION, PACKAGES or STDLIB; None for any other."""
    filename = file_of(frame)
    # The gateway lies beside the standard library where it is tested.
    if filename.startswith(GATEWAY):
        return None
    for folder in (APPLICATION, PACKAGES, STDLIB):
        if filename.startswith(folder):
            return folder
    return STDLIB if filename.startswith("<frozen ") else None


def behind(ways: frozenset[str], frame=None):
    """Returns the first frame, from `frame` or the caller's outwards, that is neither the gateway's nor one
    of the standard library's files in `ways`."""
    frame = frame or sys._getframe(1)
    while frame is not None and _is_way(frame, ways):
        frame = frame.f_back
    return frame


def initialises_native_code() -> bool:
    """Whether an extension module is being initialised, without Python between that and importlib."""
    frame = behind(frozenset())
    if frame is None or stdlib_name(file_of(frame)) != "importlib/_bootstrap.py":
        return False
    maker = frame.f_back
    called = frame.f_code.co_name == "_call_with_frames_removed" and maker is not None
    return called and maker.f_code.co_name in {"create_module", "exec_module"}


def place_of(frame) -> Place:
    """Returns the line that a frame executes."""
    module = inert.text(inert.entry(frame.f_globals, "__name__"))
    return Place(file_of(frame), frame.f_lineno or 0, module or "", owner_of(frame) == APPLICATION)


def _is_way(frame, ways: frozenset[str]) -> bool:
    filename = file_of(frame)
    return filename.startswith(GATEWAY) or (owner_of(frame) == STDLIB and stdlib_name(filename) in ways)


def _source(file: str, number: int) -> str:
    """Returns a line's text. linecache could run the application's code: it asks a module's loader."""
    try:
        with tokenize.open(file) as lines:
            return next(islice(lines, max(number - 1, 0), None), "")
    except (OSError, SyntaxError, UnicodeError):
        return ""
