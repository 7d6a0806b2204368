"""What an application's modules hold, as far as can be told: to see whether a request changes it."""

import sys
import types
from collections import deque
from itertools import count

from .blame import APPLICATION

_SCALARS = (bool, bytes, complex, float, int, str, count, type(None))
_SEQUENCES = (deque, list, tuple)
# More than that is not looked at: it is for counters and lists of what was asked, not for data.
_MOST = 20_000
_DEEPEST = 6


def held() -> dict[str, str]:
    """Gives values and lengths by how they are reached, such as `app.visits['today']`."""
    found: dict[str, str] = {}
    for name, module in list(sys.modules.items()):
        if _is_own(module):
            _walk(name, module, found, set(), _DEEPEST)
    return found


def _walk(path: str, value, found: dict[str, str], seen: set[int], depth: int) -> None:
    # By its true type: what stands for something else would go and fetch that.
    kind = type(value)
    if len(found) >= _MOST:
        return
    if issubclass(kind, _SCALARS):
        found[path] = repr(value)
    elif id(value) not in seen and depth > 0:
        seen.add(id(value))
        if issubclass(kind, (dict, set, frozenset, *_SEQUENCES)):
            found[f"len({path})"] = repr(len(value))
        for name, part in _parts(path, value, kind):
            _walk(name, part, found, seen, depth - 1)


def _parts(path: str, value, kind: type) -> list[tuple[str, object]]:
    if issubclass(kind, dict):
        return [(f"{path}[{key!r}]", part) for key, part in list(value.items()) if type(key) in _SCALARS]
    if issubclass(kind, _SEQUENCES):
        return [(f"{path}[{number}]", part) for number, part in enumerate(list(value))]
    names = _names(value) if _is_own(value) or _is_made_here(value, kind) else {}
    return [(f"{path}.{name}", part) for name, part in list(names.items()) if not _is_special(name)]


def _names(value) -> dict:
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}


def _is_own(value) -> bool:
    """Whether it is one of the application's modules."""
    file = _names(value).get("__file__") if issubclass(type(value), types.ModuleType) else None
    return isinstance(file, str) and file.startswith(APPLICATION)


def _is_made_here(value, kind: type) -> bool:
    """Whether it is of a class of the application's, or one itself."""
    made = value if issubclass(kind, type) else kind
    return _is_own(sys.modules.get(made.__module__))


def _is_special(name) -> bool:
    return isinstance(name, str) and name.startswith("__") and name.endswith("__")
