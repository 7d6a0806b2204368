"""Explains exceptions of applications whose own text does not say what is at fault."""

import os
import sys

from . import inert
from .layout import PACKAGES
from .native import NativeFinder

# The base class's descriptors: a subclass may define other attributes by these names.
_arguments, _cause = BaseException.args.__get__, BaseException.__cause__.__get__
_traceback = BaseException.__traceback__.__get__
# What code uses that reads the source of other code.
_READS_SOURCES = {"code_context", "getblock", "getframeinfo", "getinnerframes", "getouterframes", "getsource"}
_READS_SOURCES |= {"findsource", "getline", "getlines", "getsourcefile", "getsourcelines"}
# What SQLite says of a file that a sandbox does not see, or cannot write to; it never says which.
_OF_SQLITE = {
    "unable to open database file": (
        "A sandbox sees databases in a directory that is granted, --dir ./data:/app/data, where they can "
        "be written to, and beside the code those that --include packs, to be read. Others are left out, as "
        "data."
    ),
    "attempt to write a readonly database": (
        "What is packed beside the code can only be read. A database that is written to lies in a directory "
        "of its own that is granted: --dir ./data:/app/data"
    ),
}


def hint(error: BaseException) -> str | None:
    """Returns a sentence or two; None where the error says enough."""
    return _of_native_code(error) or _of_the_platform(error) or _of_a_database(error) or of_sources(error)


def of_sources(error: BaseException) -> str | None:
    """Explains an error of a package's code that reads sources, where packages are packed without theirs."""
    link = _traceback(error)
    while link is not None:
        code = link.tb_frame.f_code
        is_package = code.co_filename.startswith(PACKAGES) and not os.path.exists(code.co_filename)
        if is_package and _READS_SOURCES.intersection(code.co_names):
            return (
                f"{code.co_filename} reads source lines, and those of packages are left out of a component: "
                "`wasgi build --sources all` packs them."
            )
        link = link.tb_next
    return None


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


def _of_a_database(error: BaseException) -> str | None:
    # Django's and SQLAlchemy's exceptions have SQLite's as their cause.
    for link in (error, _cause(error)):
        if link is not None and inert.label(link) == "sqlite3.OperationalError":
            return next((_OF_SQLITE.get(text) for text in map(inert.text, _arguments(link))), None)
    return None
