"""Determines how many positional arguments a callable takes, without adding `inspect` to every snapshot."""

import sys
import types

from . import inert

_VARIADIC = 0x04
_ASYNC = 0x80 | 0x200


class Signature:
    """The positional parameters of a Python function, without a bound `self`."""

    __slots__ = ("is_async", "least", "most", "names", "wrapped")

    def __init__(self, function: types.FunctionType, bound: int, wrapped: bool):
        code = function.__code__
        count = code.co_argcount
        self.names = code.co_varnames[bound:count]
        self.least = max(count - _length(function.__defaults__, tuple) - bound, 0)
        if code.co_kwonlyargcount > _length(function.__kwdefaults__, dict):
            # A required keyword: no call with positional arguments alone can succeed.
            self.least = sys.maxsize
        self.most = sys.maxsize if code.co_flags & _VARIADIC else count - bound
        self.is_async = bool(code.co_flags & _ASYNC)
        # Whether another callable wraps the function and may take and pass different arguments.
        self.wrapped = wrapped

    def accepts(self, count: int) -> bool:
        return self.least <= count <= self.most


def signature_of(value) -> Signature | None:
    """Returns the signature of a callable, None if it cannot be known (built-in objects, proxies)."""
    bound = 0
    if inert.is_a(value, type):
        value, bound = inert.inherited(value, "__init__"), 1
    elif inert.is_exactly(value, types.MethodType):
        value, bound = value.__func__, 1
    elif not inert.is_exactly(value, types.FunctionType) and inert.attribute(value, "__wrapped__") is None:
        value, bound = inert.inherited(type(value), "__call__"), 1
    if inert.is_exactly(value, staticmethod):
        value, bound = value.__func__, 0
    # functools.wraps: the innermost function has the real parameters.
    inner = _innermost(value)
    wrapped = inner is not value
    if inert.is_exactly(inner, types.MethodType):
        inner, bound = inner.__func__, 1
    return Signature(inner, bound, wrapped) if inert.is_exactly(inner, types.FunctionType) else None


def _innermost(value):
    seen = set()
    while id(value) not in seen:
        seen.add(id(value))
        value = inert.attribute(value, "__wrapped__", value)
    return value


def _length(defaults, kind) -> int:
    return kind.__len__(defaults) if inert.is_a(defaults, kind) else 0
