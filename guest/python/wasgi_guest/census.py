"""What the builder is told beside the application: what the snapshot holds and what a request starts with."""

import gc
import os
import sys
import types

_STDLIB = os.path.dirname(os.__file__)
# The first that fits: whose modules lie where.
_OWNERS = (
    ("/app/", "application"),
    (os.path.dirname(os.path.dirname(__file__)) + "/", "gateway"),
    (_STDLIB + "/site-packages/", "packages"),
    (_STDLIB + "/", "standard library"),
)
# The standard streams, and where the image's open files are (VFS_FIRST_FD in guest/src/vfs.h).
_DESCRIPTORS = (*range(3), *range(0x10000, 0x10000 + 1024))


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
            "sys_path": list(map(str, sys.path)),
            "environment": sorted(os.environ),
            "descriptors": [fd for fd in _DESCRIPTORS if _is_open(fd)],
            "tmp": sorted(os.listdir("/tmp")) if os.path.isdir("/tmp") else [],
        },
    }


def _modules() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in sorted(filter(_is_name, sys.modules)):
        found.setdefault(_owner(name), []).append(name)
    return found


def _is_name(key) -> bool:
    return isinstance(key, str)


def _owner(name: str) -> str:
    file = _file(sys.modules.get(name))
    for folder, owner in _OWNERS:
        if file.startswith(folder):
            return owner
    # Made by code, such as six.moves: whose code, its package tells. At the top it is compiled in or frozen.
    parent = name.rpartition(".")[0]
    return _owner(parent) if parent else "interpreter"


def _file(module) -> str:
    if not isinstance(module, types.ModuleType):
        return ""
    # Not getattr: a module that loads itself on first use must stay as it is.
    names = object.__getattribute__(module, "__dict__")
    file = names.get("__file__")
    return file if isinstance(file, str) else ""


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
