"""Inspects an application's objects without running any of its code.

`isinstance` reads an object's `__class__`; attributes, comparison and text run even more of its methods. A
lazy object reacts by loading itself, and the result would be in the snapshot. So types come from `type`,
attributes from namespaces, and of a namespace only keys that are a plain `str` count: any other key has its
own `__eq__`.
"""

import os
import sys
import types

# A class and its bases, in method resolution order.
mro = type.__dict__["__mro__"].__get__
# A class's own attributes, by name.
namespace = type.__dict__["__dict__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
# Descriptors whose `__get__` is CPython's own.
_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType)
_PATHS = ("PosixPath", "PurePosixPath")
_MISSING = object()


def is_a(value, kinds) -> bool:
    """Whether `value` is an instance of `kinds`: a built-in type, or a tuple of some."""
    return issubclass(type(value), kinds)


def is_exactly(value, *kinds: type) -> bool:
    """Whether the type of `value` is one of `kinds`. `in` could call a metaclass's `__eq__`."""
    kind = type(value)
    return any(kind is each for each in kinds)


def is_plain_class(value) -> bool:
    """Whether `value` is a class whose metaclass is `type`, so that `issubclass` runs no other code."""
    return type(value) is type


def entries(mapping) -> list[tuple[str, object]]:
    """Returns names and values of a dict, of a subclass's too, or of a class's mapping proxy."""
    return [(name, value) for name, value in _items(mapping) if type(name) is str]


def entry(mapping, name: str, default=None):
    """Returns the value of one name."""
    return next((value for key, value in _items(mapping) if type(key) is str and key == name), default)


def names(value):
    """Returns the `__dict__` of an object, module or class; an empty one if it has none."""
    for kind in mro(type(value)):
        found = entry(namespace(kind), "__dict__")
        if is_exactly(found, *_DESCRIPTORS) and found.__objclass__ is kind:
            return found.__get__(value)
    return {}


def inherited(kind: type, name: str, default=None):
    """Returns an attribute of a class or its bases, unbound."""
    for each in mro(kind):
        found = entry(namespace(each), name, _MISSING)
        if found is not _MISSING:
            return found
    return default


def attribute(value, name: str, default=None):
    """Returns an object's own attribute; `default` if its class has one by that name."""
    if inherited(type(value), name, _MISSING) is not _MISSING:
        return default
    try:
        # Reading its __dict__ would create one in an object that has none yet.
        return object.__getattribute__(value, name)
    except AttributeError:
        return default


def all_names(value) -> list[str]:
    """Returns the names that `dir` would, except those that only `__dir__` or `__getattr__` know."""
    kinds = mro(value if is_a(value, type) else type(value))
    spaces = [names(value), *map(namespace, kinds)]
    return sorted({name for space in spaces for name, _ in entries(space)})


def modules() -> list[tuple[str, object]]:
    """Returns names and values of the imported modules."""
    return entries(sys.modules) if is_a(sys.modules, dict) else []


def text(value) -> str | None:
    """Returns the text of a `str` or of a subclass's instance; None for anything else."""
    return str.__str__(value) if is_a(value, str) else None


def path(value) -> str | None:
    """Returns a file's name; None for an object whose `__fspath__` would have to run."""
    if is_exactly(value, bytes):
        return os.fsdecode(value)
    pathlib = names(sys.modules.get("pathlib"))
    kinds = [kind for name in _PATHS if (kind := entry(pathlib, name)) is not None]
    return os.fspath(value) if is_exactly(value, *kinds) else text(value)


def label(value) -> str:
    """Describes a value by its class, or by its own name if it is a function or a class."""
    named = value if is_a(value, type) else type(value)
    if type(value) is types.FunctionType:
        module, name = value.__module__, value.__qualname__
    else:
        module, name = entry(namespace(named), "__module__"), _qualname(named)
    parts = [part for part in map(text, (module, name)) if part and part != "builtins"]
    return ".".join(parts)


def _items(mapping):
    return dict.items(mapping) if is_a(mapping, dict) else mapping.items()
