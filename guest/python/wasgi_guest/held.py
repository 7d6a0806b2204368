"""Checks that requests can reopen the files that import and warm-up leave open in granted directories."""

import gc
import io
import os
import sys

import _wasgi

from . import blame
from .errors import LoadError

# The standard library's own classes: their flush() runs no application code. Text first: it writes to the
# others.
_BUFFERS = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)


def check(places: dict[str, blame.Place]) -> list[str]:
    """Returns a note on each file that requests reopen. Raises LoadError for a file that they could not."""
    held = _wasgi.held()
    if not held:
        return []
    _flush({fd for fd, _ in held})
    _check_databases(places)
    notes = {}
    for fd, path in held:
        if not _is_still(fd, path):
            raise LoadError(
                f"{_line(places, path)}{path} was opened at import, and is removed or replaced: no request "
                "could open it again. Close it before the import ends."
            )
        notes[path] = f"{_line(places, path)}{path} stays open; each request opens it again when it uses it."
    return list(notes.values())


def _line(places: dict[str, blame.Place], path: str) -> str:
    return f"{places[path]}: " if path in places else ""


def _flush(descriptors: set[int]) -> None:
    """Flushes buffered data, which every request would write otherwise."""
    living = [value for value in gc.get_objects() if type(value) in _BUFFERS]
    for kind in _BUFFERS:
        for value in living:
            if type(value) is kind and not value.closed and _descriptor(value) in descriptors:
                value.flush()


def _descriptor(value) -> int | None:
    raw = getattr(value, "buffer", value)
    raw = raw.raw if type(raw) in _BUFFERS else None
    return raw.fileno() if type(raw) is io.FileIO else None


def _is_still(fd: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except OSError:
        return False


def _check_databases(places: dict[str, blame.Place]) -> None:
    sqlite3 = sys.modules.get("_sqlite3")
    if sqlite3 is None:
        return
    for value in gc.get_objects():
        # By its true type: `isinstance` could make a lazy object load itself.
        if not issubclass(type(value), sqlite3.Connection):
            continue
        for path, is_in_transaction in _wasgi.databases(value):
            if is_in_transaction and _wasgi.is_granted(path):
                # Otherwise its lock would stay in the directory.
                sqlite3.Connection.close(value)
                raise LoadError(
                    f"{_line(places, path)}the connection to {path} has an open transaction when the "
                    "snapshot is taken, and no request could go on with it. Commit or roll it back, read "
                    "queries to their end, or close the connection."
                )
