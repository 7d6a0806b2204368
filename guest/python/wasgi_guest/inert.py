"""Looks at an application's objects without running any of its code.

`isinstance` asks an object for its class, and attributes, comparison or text ask it for more: a lazy object
answers by becoming what it stands for, and that would then be in the snapshot. So a type is what `type` says,
attributes come from namespaces, and of a namespace only what has a plain `str` for its key counts: any other
key compares by a method of its own.
"""

import os
import sys
import types

# A class's, with its bases in the order in which they are asked.
mro = type.__dict__["__mro__"].__get__
# What a class itself has, by name.
namespace = type.__dict__["__dict__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
# Their `__get__` is CPython's own.
_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType)
_PATHS = ("PosixPath", "PurePosixPath")
_MISSING = object()


def is_a(value, kinds) -> bool:
    """Whether `value` is an instance of `kinds`: a built-in type, or a tuple of some."""
    return issubclass(type(value), kinds)


def is_exactly(value, *kinds: type) -> bool:
    """Whether the type of `value` is one of `kinds`. Not by `in`: a metaclass may have an `__eq__`."""
    kind = type(value)
    return any(kind is each for each in kinds)


def is_plain_class(value) -> bool:
    """Whether it is a class whose metaclass is `type`, so that `issubclass` asks nobody."""
    return type(value) is type


def entries(mapping) -> list[tuple[str, object]]:
    """Gives names and values of a dict, of one of a subclass, or of the proxy that stands for a class's."""
    return [(name, value) for name, value in _items(mapping) if type(name) is str]


def entry(mapping, name: str, default=None):
    """Gives one of them."""
    return next((value for key, value in _items(mapping) if type(key) is str and key == name), default)


def names(value):
    """Gives the `__dict__` of an object, of a module or of a class; an empty one where it has none."""
    for kind in mro(type(value)):
        found = entry(namespace(kind), "__dict__")
        if is_exactly(found, *_DESCRIPTORS) and found.__objclass__ is kind:
            return found.__get__(value)
    return {}


def inherited(kind: type, name: str, default=None):
    """Gives an attribute of a class as it is there or in a base, unbound."""
    for each in mro(kind):
        found = entry(namespace(each), name, _MISSING)
        if found is not _MISSING:
            return found
    return default


def attribute(value, name: str, default=None):
    """Gives what an object itself has by that name, `default` where its class has a say."""
    if inherited(type(value), name, _MISSING) is not _MISSING:
        return default
    try:
        # Not by its __dict__, which an object that has none yet would get to keep.
        return object.__getattribute__(value, name)
    except AttributeError:
        return default


def all_names(value) -> list[str]:
    """Gives the names that `dir` would, as far as they are not made up by `__dir__` or `__getattr__`."""
    kinds = mro(value if is_a(value, type) else type(value))
    spaces = [names(value), *map(namespace, kinds)]
    return sorted({name for space in spaces for name, _ in entries(space)})


def modules() -> list[tuple[str, object]]:
    """Gives what is imported."""
    return entries(sys.modules) if is_a(sys.modules, dict) else []


def text(value) -> str | None:
    """Gives the text of a `str`, also of a subclass; None of anything else."""
    return str.__str__(value) if is_a(value, str) else None


def path(value) -> str | None:
    """Gives what names a file, None of an object that would have to be asked."""
    if is_exactly(value, bytes):
        return os.fsdecode(value)
    pathlib = names(sys.modules.get("pathlib"))
    kinds = [kind for name in _PATHS if (kind := entry(pathlib, name)) is not None]
    return os.fspath(value) if is_exactly(value, *kinds) else text(value)


def label(value) -> str:
    """Says what something is by its class, or by its name if it is a function or a class itself."""
    named = value if is_a(value, type) else type(value)
    if type(value) is types.FunctionType:
        module, name = value.__module__, value.__qualname__
    else:
        module, name = entry(namespace(named), "__module__"), _qualname(named)
    parts = [part for part in map(text, (module, name)) if part and part != "builtins"]
    return ".".join(parts)


def _items(mapping):
    return dict.items(mapping) if is_a(mapping, dict) else mapping.items()
