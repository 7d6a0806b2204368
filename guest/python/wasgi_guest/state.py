"""Captures the values that an application's modules hold, to detect whether a request changes them.

It reads objects only by `inert`: a lazy object would load itself when used.
"""

import gc
import types
from collections import deque
from itertools import count

from . import inert
from .layout import APPLICATION

# Functions that distinguish a type's values. A subclass may replace its own methods, so they do not count.
_TEXTS = {
    bool: bool.__repr__,
    bytes: bytes.__repr__,
    complex: complex.__repr__,
    float: float.__repr__,
    # repr() refuses long integers.
    int: lambda value: int.__format__(value, "x"),
    str: str.__repr__,
    type(None): repr,
}
_SCALARS = tuple(_TEXTS)
_SEQUENCES = (deque, list, tuple)
_CONTAINERS = (dict, set, frozenset, *_SEQUENCES)
# Limits of the search, which is for counters and lists that grow with each request, not for data.
_MOST = 20_000
_DEEPEST = 6
# The most bits of an integer key in a path.
_LONGEST = 64


def held() -> dict[str, str]:
    """Returns values and lengths by their paths, such as `app.visits['today']`."""
    walk = _Walk()
    for name, module in inert.modules():
        if name in walk.own:
            walk.take(name, module, set(), _DEEPEST)
    return walk.found


def changed(before: dict[str, str], after: dict[str, str]) -> str | None:
    """Returns the path of a value that is another one than before, or new."""
    return next((path for path, value in after.items() if before.get(path) != value), None)


class _Walk:
    def __init__(self):
        self.found: dict[str, str] = {}
        # Names of the application's modules.
        self.own = {name for name, module in inert.modules() if _is_own(module)}

    def take(self, path: str, value, seen: set[int], depth: int) -> None:
        if len(self.found) >= _MOST:
            return
        scalar, container = _base(value, _SCALARS), _base(value, _CONTAINERS)
        if scalar is not None:
            self.found[path] = _TEXTS[scalar](value)
        elif inert.is_a(value, count):
            self.found[path] = _next(value)
        elif id(value) not in seen and depth > 0:
            seen.add(id(value))
            if container is not None:
                self.found[f"len({path})"] = repr(container.__len__(value))
            for name, part in self._parts(path, value, container):
                self.take(name, part, seen, depth - 1)

    def _parts(self, path: str, value, container: type | None) -> list[tuple[str, object]]:
        if container is dict:
            return [(f"{path}[{key!r}]", part) for key, part in list(dict.items(value)) if _is_told(key)]
        if container in _SEQUENCES:
            return [(f"{path}[{number}]", part) for number, part in enumerate(container.__iter__(value))]
        names = inert.names(value) if _is_own(value) or self._is_made_here(value) else {}
        return [(f"{path}.{name}", part) for name, part in inert.entries(names) if not _is_special(name)]

    def _is_made_here(self, value) -> bool:
        """Whether `value` is an instance of one of the application's classes, or such a class."""
        made = value if inert.is_a(value, type) else type(value)
        return inert.text(inert.entry(inert.namespace(made), "__module__")) in self.own


def _base(value, bases: tuple[type, ...]) -> type | None:
    return next(base for base in bases if inert.is_a(value, base)) if inert.is_a(value, bases) else None


def _next(counter) -> str:
    """Returns a counter's position, unless it counts in the application's own number types."""
    numbers = [part for part in gc.get_referents(counter) if not inert.is_a(part, (type, dict))]
    known = all(inert.is_exactly(number, int, float, complex) for number in numbers)
    return count.__repr__(counter) if known else ""


def _is_own(value) -> bool:
    """Whether `value` is one of the application's modules."""
    file = inert.entry(inert.names(value), "__file__") if inert.is_a(value, types.ModuleType) else None
    return (inert.text(file) or "").startswith(APPLICATION)


def _is_told(key) -> bool:
    return inert.is_exactly(key, *_SCALARS) and not (type(key) is int and key.bit_length() > _LONGEST)


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
