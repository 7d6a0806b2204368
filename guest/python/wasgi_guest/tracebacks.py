"""Tracebacks that begin where the developer's own code begins, and the gateway's lines in `wsgi.errors`."""

import os
import traceback

# Asked of the code object, because a module without its source keeps the file name of the build.
_HERE = os.path.dirname((lambda: None).__code__.co_filename) + os.sep


def format_error(error: BaseException) -> str:
    """Formats an exception with its causes and contexts, without the gateway's and the importer's frames."""
    summary = traceback.TracebackException.from_exception(error, lookup_lines=False)
    _strip(summary, set())
    return "".join(summary.format())


def log_line(errors, request, text: str) -> None:
    """Writes one line; the query is left out because it is where secrets travel."""
    _write(errors, f"wasgi: {request.method} {request.target.partition('?')[0]}: {text}\n")


def log_error(errors, request, error: BaseException) -> None:
    """Writes the traceback of an error of the application, with as little memory as there is."""
    try:
        text = "error in the application"
        if not isinstance(error, Exception):
            text = f"the application raised {type(error).__name__}, which ends this request, not the server"
        log_line(errors, request, f"{text}\n{format_error(error)}".rstrip("\n"))
    except MemoryError:
        _write(errors, "wasgi: the application ran out of memory, and no memory is left to tell where\n")


def _strip(summary, seen: set) -> None:
    if summary is None or id(summary) in seen:
        return
    seen.add(id(summary))
    # None rather than an empty list: then the line 'Traceback (most recent call last)' is left out too.
    summary.stack[:] = [frame for frame in summary.stack if not _is_ours(frame.filename)]
    if not summary.stack:
        summary.stack = None
    _strip(summary.__cause__, seen)
    _strip(summary.__context__, seen)
    for member in summary.exceptions or ():
        _strip(member, seen)


def _is_ours(filename: str) -> bool:
    return filename.startswith((_HERE, "<frozen importlib."))


def _write(errors, text: str) -> None:
    try:
        errors.write(text)
        errors.flush()
    except Exception:
        # The application may have closed or replaced its stderr: that must not cost the response.
        pass
