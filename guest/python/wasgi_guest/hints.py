"""Explains exceptions of applications whose own text does not say what is at fault."""

import sys

from . import inert
from .native import NativeFinder

# The base class's descriptor: a subclass may define another attribute by this name.
_arguments = BaseException.args.__get__


def hint(error: BaseException) -> str | None:
    """Returns a sentence or two; None where the error says enough."""
    return _of_native_code(error) or _of_the_platform(error)


def _of_native_code(error: BaseException) -> str | None:
    for finder in sys.meta_path:
        if type(finder) is NativeFinder:
            return finder.cause(error)
    return None


def _of_the_platform(error: BaseException) -> str | None:
    if type(error) is not KeyError or [*map(inert.text, _arguments(error))] != [sys.platform]:
        return None
    return (
        f"The code looks up what belongs to sys.platform and does not know {sys.platform!r}, the sandbox's. "
        "If what it has for Linux will do, begin the application with: import sys; sys.platform = 'linux'"
    )
