"""How many positional arguments a callable takes, without the weight of `inspect` in every snapshot."""

import sys
import types

_VARIADIC = 0x04
_ASYNC = 0x80 | 0x200


class Signature:
    """The positional parameters of a Python function, without a bound `self`."""

    __slots__ = ("is_async", "least", "most", "names", "wrapped")

    def __init__(self, function: types.FunctionType, bound: int, wrapped: bool):
        code = function.__code__
        count = code.co_argcount
        self.names = code.co_varnames[bound:count]
        self.least = max(count - len(function.__defaults__ or ()) - bound, 0)
        if code.co_kwonlyargcount > len(function.__kwdefaults__ or ()):
            # A keyword that must be given: no call with positional arguments alone can succeed.
            self.least = sys.maxsize
        self.most = sys.maxsize if code.co_flags & _VARIADIC else count - bound
        self.is_async = bool(code.co_flags & _ASYNC)
        # Whether another callable stands before the function, which may take and give different arguments.
        self.wrapped = wrapped

    def accepts(self, count: int) -> bool:
        return self.least <= count <= self.most


def signature_of(value) -> Signature | None:
    """Gives the signature of a callable, None where it cannot be known (built-in and partial objects)."""
    bound = 0
    if isinstance(value, type):
        value, bound = value.__init__, 1
    elif not isinstance(value, (types.FunctionType, types.MethodType)) and not hasattr(value, "__wrapped__"):
        value, bound = type(value).__call__, 1
    # functools.wraps: what the caller has to give is told by the innermost function.
    wrapped = hasattr(value, "__wrapped__")
    while hasattr(value, "__wrapped__"):
        value = value.__wrapped__
    if isinstance(value, types.MethodType):
        value, bound = value.__func__, 1
    return Signature(value, bound, wrapped) if isinstance(value, types.FunctionType) else None
