"""What the builder is told beside the application: what the snapshot holds and what a request starts with."""

import gc
import os
import sys
import types

from . import inert
from .layout import APPLICATION, PACKAGES, STDLIB

# The first that fits: whose modules lie where. Beside the gateway lies the module `wasgi`.
_OWNERS = (
    (APPLICATION, "application"),
    (PACKAGES, "packages"),
    (os.path.dirname(os.path.dirname(__file__)) + "/", "gateway"),
    (STDLIB, "standard library"),
)
# What `os` made, whatever an application has put there.
_ENVIRON = os.environ
# The standard streams, and where open files are (VFS_FIRST_FD and HELD_FIRST_FD in guest/src).
_DESCRIPTORS = (*range(3), *range(0x10000, 0x10000 + 1024), *range(0x20000, 0x20000 + 256))


def take(pages_before: bytes) -> dict:
    """Everything but values: names of variables and files are told, their contents are the application's.

    `pages_before` is what `_wasgi.pages()` gave just before the application was imported.
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
            "descriptors": [fd for fd in _DESCRIPTORS if _is_open(fd)],
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
    # Made by code, such as six.moves: whose code, its package tells. At the top it is compiled in or frozen.
    parent = name.rpartition(".")[0]
    return _owner(parent, modules) if parent else "interpreter"


def _file(module) -> str:
    if not inert.is_a(module, types.ModuleType):
        return ""
    # Not by getattr: a module that loads itself on first use must stay as it is.
    return inert.text(inert.entry(inert.names(module), "__file__")) or ""


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
