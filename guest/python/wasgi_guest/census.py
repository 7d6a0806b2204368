"""Takes the inventory for the build's report: what the snapshot holds, and what a request starts with."""

import gc
import os
import sys
import types

from . import inert
from .layout import APPLICATION, PACKAGES, STDLIB

# Folders and the owners of their modules; the first match counts. The module `wasgi` lies beside the gateway.
_OWNERS = (
    (APPLICATION, "application"),
    (PACKAGES, "packages"),
    (os.path.dirname(os.path.dirname(__file__)) + "/", "gateway"),
    (STDLIB, "standard library"),
)
# The original: an application may replace `os.environ`.
_ENVIRON = os.environ
# The standard streams, and the ranges of open files (guest/src/vfs.h).
_RANGES = (range(3), *(range(first, first + 1024) for first in (0x10000, 0x20000, 0x30000)))


def take(pages_before: bytes) -> dict:
    """Returns the inventory: names of variables and files, but no values, which are the application's.

    `pages_before` is the result of `_wasgi.pages()` just before the application's import.
    """
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "pages_before": pages_before.hex(),
        "frozen_objects": gc.get_freeze_count(),
        "modules": _modules(),
        "start": {
            "folder": os.getcwd(),
            "sys_path": [inert.path(place) or inert.label(place) for place in _search_path()],
            "environment": sorted(filter(None, map(inert.path, dict.keys(_ENVIRON._data)))),
            "descriptors": [fd for fds in _RANGES for fd in fds if _is_open(fd)],
            "tmp": sorted(os.listdir("/tmp")) if os.path.isdir("/tmp") else [],
        },
    }


def _search_path() -> list:
    return list(list.__iter__(sys.path)) if inert.is_a(sys.path, list) else []


def _modules() -> dict[str, list[str]]:
    modules = dict(inert.modules())
    found: dict[str, list[str]] = {}
    for name in sorted(modules):
        found.setdefault(_owner(name, modules), []).append(name)
    return found


def _owner(name: str, modules: dict[str, object]) -> str:
    file = _file(modules.get(name))
    for folder, owner in _OWNERS:
        if file.startswith(folder):
            return owner
    # A module without a file: if code created it, such as six.moves, it belongs to its package's owner. At
    # the top level it is compiled in or frozen.
    parent = name.rpartition(".")[0]
    return _owner(parent, modules) if parent else "interpreter"


def _file(module) -> str:
    if not inert.is_a(module, types.ModuleType):
        return ""
    # getattr would load a module that loads itself on first use.
    return inert.text(inert.entry(inert.names(module), "__file__")) or ""


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
