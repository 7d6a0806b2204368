"""Explains why an import of the application failed, and how to fix it."""

import errno
import os
import re
import sys

from . import inert, missing
from .errors import LoadError
from .hints import hint, of_sources
from .native import NativeFinder
from .tracebacks import format_error

# The base classes' descriptors: a subclass may define other attributes by these names.
_context, _cause = BaseException.__context__.__get__, BaseException.__cause__.__get__
_traceback = BaseException.__traceback__.__get__
_errno, _filename, _filename2 = OSError.errno.__get__, OSError.filename.__get__, OSError.filename2.__get__
# Of a frame in a traceback.
_PLACE = re.compile(r'^  File "(?:/app/)?(.+)", line (\d+)', re.MULTILINE)
# For a path whose top folder exists, so the path does not show which directory to grant.
_WRITABLE = (
    "Files can be written in /tmp, which is each request's own, and in a directory of this machine that is "
    "granted: --dir FOLDER:PATH, as in --dir ./instance:/app/instance"
)


def explain_import(error: BaseException, module: str, label: str, finder: NativeFinder) -> LoadError:
    """Returns what to raise for an error raised during the import of `module`."""
    if inert.is_a(error, LoadError):
        return LoadError(str(error), error.findings)
    if inert.is_a(error, ModuleNotFoundError) and _is_target(_name(error), module):
        return LoadError(_missing_target(_name(error)))
    reason, told, shown = _reason(error, label, finder), advice(error), format_error(error)
    others = _others(error, finder)
    listed = "".join(f"\n- {other}" for other in others)
    also = f"\nIt also imports what is not there:{listed}" if others else ""
    first = " ".join(f"{reason}{_last_line(shown) if reason.endswith(':') else ''}{told}".split())
    return LoadError(f"{reason}{told}\n\n{shown}{also}", [first, *others])


def _last_line(shown: str) -> str:
    """Returns the exception itself, of a traceback, and where it was raised."""
    places = _PLACE.findall(shown)
    where = f" ({places[-1][0]}:{places[-1][1]})." if places else "."
    return f" {shown.rstrip().splitlines()[-1]}{where}"


def _others(error: BaseException, finder: NativeFinder) -> list[str]:
    """Names what else the application imports and cannot, so that one build tells all of it."""
    if not inert.is_a(error, ImportError):
        return []
    told = {_name(link) for link in _chain(error) if inert.is_a(link, ImportError)}
    return missing.others(told, finder)


def advice(error: BaseException) -> str:
    """Returns a line that says how to grant a missing variable or directory; empty if none is missing."""
    for link in _chain(error):
        name = _missing_variable(link)
        if name:
            return f"\n{how_to_set(name)}"
        folder = _missing_path(link)
        if folder:
            return f"\n{how_to_grant(folder)}"
        if inert.is_a(link, OSError) and _errno(link) == errno.EROFS:
            return f"\n{_WRITABLE}"
        if inert.is_a(link, KeyError) and (told := hint(link)):
            return f"\n{told}"
        if told := of_sources(link):
            return f"\n{told}"
    return ""


def how_to_set(name: str) -> str:
    """Explains how to set a variable for the import."""
    return (
        f"{name} is not set: `wasgi run` gives it to the import with --env {name} or in a .env file. "
        f"`wasgi build --build-env {name}=VALUE` puts it into the file; a stand-in will do if "
        f"`wasgi serve --import-at-start --env {name}` imports the application again with the real one."
    )


def how_to_grant(folder: str) -> str:
    """Explains how to grant the import a directory of the machine."""
    return (
        f"`wasgi run --dir HOST:{folder}` shows the import a directory of the machine there, "
        f"`wasgi build --build-dir HOST:{folder}` does for a build, and "
        f"`wasgi serve --import-at-start --dir HOST:{folder}` imports again with what the server grants."
    )


def _missing_variable(error: BaseException) -> str | None:
    """Returns the name of the variable that os.environ did not have, if that is the error."""
    arguments, link = BaseException.args.__get__(error), _traceback(error)
    if type(error) is not KeyError or not arguments or link is None:
        return None
    while link.tb_next is not None:
        link = link.tb_next
    frame = link.tb_frame
    module = inert.text(inert.entry(frame.f_globals, "__name__"))
    is_environ = module == "os" and frame.f_code.co_name == "__getitem__"
    return inert.text(arguments[0]) if is_environ else None


def _missing_path(error: BaseException) -> str | None:
    """Returns the directory that could be granted, if the sandbox has not even the path's top folder."""
    if not inert.is_a(error, OSError) or _errno(error) not in {errno.ENOENT, errno.EROFS}:
        return None
    path = inert.path(_filename(error))
    if path is None:
        return None
    top = "/" + os.path.abspath(path).split("/")[1]
    # An existing folder is the image's or granted already.
    return None if os.path.exists(top) else top


def _reason(error: BaseException, label: str, finder: NativeFinder) -> str:
    for link in _chain(error):
        if inert.is_a(link, ImportError) and (native := finder.cause(link)):
            return f"{label} cannot be imported: {native}"
    if inert.is_a(error, ImportError):
        return _import_error(error, label, finder)
    if inert.is_a(error, SyntaxError):
        return f"{label} cannot be imported because of a syntax error:"
    if inert.is_a(error, SystemExit):
        return (
            f"{label} ended the interpreter while it was imported. Move what runs the program below "
            "\"if __name__ == '__main__':\", which wasgi does not run."
        )
    return f"{label} {_what_it_did(error)}:"


def _what_it_did(error: BaseException) -> str:
    if inert.is_a(error, OSError) and _errno(error) == errno.EROFS:
        # Of two paths, such as of a rename, the second is the one written to.
        place = inert.path(_filename2(error)) or inert.path(_filename(error)) or "a file"
        return f"writes to {place} while it is imported, where files are read-only"
    if inert.is_a(error, MemoryError):
        return "needs more memory to be imported than its cap allows (--memory raises it)"
    return "failed while it was imported"


def _import_error(error: ImportError, label: str, finder: NativeFinder) -> str:
    name = _name(error)
    if not inert.is_a(error, ModuleNotFoundError) or not name:
        return f"{label} cannot be imported:{_refused(finder)}"
    return f"{label} cannot be imported: {missing.explain(name, finder)}{_refused(finder)}"


def _refused(finder: NativeFinder) -> str:
    """Names what was refused earlier: a package may have caught that error, and failed of it later."""
    if not finder.refused:
        return ""
    reasons = "\n".join(finder.reasons())
    return f"\nBefore that, it went on without native modules, which may be the cause:\n{reasons}"


def _chain(error: BaseException | None) -> list[BaseException]:
    """Returns the exception with all its causes and contexts, each once."""
    chain, waiting, seen = [], [error], set()
    while waiting:
        link = waiting.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            chain.append(link)
            waiting += (_context(link), _cause(link))
    return chain


def _name(error: ImportError) -> str | None:
    return inert.text(ImportError.name.__get__(error))


def _is_target(name: str | None, module: str) -> bool:
    return name is not None and (module == name or module.startswith(name + "."))


def _missing_target(name: str) -> str:
    message = f"There is no module named '{name}' in the application's folder, nor in site-packages."
    files = sorted(entry for entry in _entries(sys.path[0]) if entry.endswith(".py"))
    if files:
        message += f" The folder has: {', '.join(files[:8])}."
    return f"{message}\nName it as FILE.py or as MODULE:NAME, seen from the application's folder."


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
