"""Recursion without end, in Python and through the C stack; answers with the error that ends it."""

import json
import re

_NESTED = 100_000


class _Mirror:
    def __getattr__(self, name: str):
        return getattr(self, name + "x")

    def __repr__(self) -> str:
        return repr(self)

    def __eq__(self, other) -> bool:
        return other == self

    __hash__ = None


def _nested() -> list:
    outermost = []
    for _ in range(_NESTED):
        outermost = [outermost]
    return outermost


def _call():
    _call()


_KINDS = {
    "call": _call,
    "attribute": lambda: _Mirror().missing,
    "repr": lambda: repr(_Mirror()),
    "compare": lambda: _Mirror() == _Mirror(),
    "nested_repr": lambda: repr(_nested()),
    "dumps": lambda: json.dumps(_nested()),
    "loads": lambda: json.loads("[" * _NESTED),
    "regex": lambda: re.compile("(" * _NESTED),
    "source": lambda: compile("(" * _NESTED, "source", "eval"),
    "unary": lambda: compile("-" * _NESTED + "1", "source", "eval"),
    # Frees a chain of objects, each from within the one before it.
    "free": lambda: _nested() and None,
}


def app(environ, start_response):
    kind = environ["PATH_INFO"].rpartition("/")[2]
    if kind == "uncaught":
        _call()
    try:
        _KINDS[kind]()
        outcome = "no error"
    except Exception as error:
        outcome = type(error).__name__
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [outcome.encode()]
