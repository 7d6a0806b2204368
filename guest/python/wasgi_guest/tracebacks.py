"""Formats tracebacks without the gateway's own frames, and writes the gateway's lines to `wsgi.errors`."""

import traceback

from .hints import hint
from .layout import APPLICATION, GATEWAY, PACKAGES

# Whose line locates an error best: the application's, else its packages', else any.
_OWNERS = (APPLICATION, PACKAGES)


def format_error(error: BaseException) -> str:
    """Formats an exception with its causes and contexts, without the gateway's and the importer's frames."""
    summary = traceback.TracebackException.from_exception(error, lookup_lines=False)
    _strip(summary)
    return "".join(summary.format())


def log_line(errors, request_line: tuple[str, str], text: str) -> None:
    """Writes one line; `request_line` is method and target, which a request that is over no longer has."""
    method, target = request_line
    # Without the query, which may hold secrets.
    _write(errors, f"wasgi: {method} {target.partition('?')[0]}: {text}\n")


def log_note(errors, text: str) -> None:
    """Writes a line that the host shows once, where somebody develops."""
    _write(errors, f"wasgi: note: {text}\n")


def log_error(errors, request_line: tuple[str, str], error: BaseException) -> None:
    """Writes the traceback of an error of the application."""
    try:
        if isinstance(error, MemoryError):
            # First, as one line: there may not be memory for more.
            log_line(errors, request_line, f"MemoryError {_site(error)}")
            _write(errors, format_error(error))
        else:
            text = f"{_describe(error)}\n{format_error(error)}".rstrip("\n")
            told = hint(error)
            log_line(errors, request_line, f"{text}\n{told}" if told and told not in text else text)
    except Exception:
        # No memory for a traceback, or an exception that cannot be formatted: a constant needs neither.
        _write(errors, "wasgi: error in the application, whose traceback cannot be shown\n")


def _describe(error: BaseException) -> str:
    if not isinstance(error, Exception):
        # SystemExit and KeyboardInterrupt end more than a request elsewhere.
        return f"the application raised {type(error).__name__}, which ends this request and nothing else"
    return "error in the application"


def _site(error: BaseException) -> str:
    """Names the innermost frame of the application; without one, that of a package, else any."""
    best, rank = None, len(_OWNERS)
    link = error.__traceback__
    while link is not None:
        here = _owner(link.tb_frame.f_code.co_filename)
        if here <= rank and not _is_ours(link.tb_frame.f_code.co_filename):
            best, rank = link, here
        link = link.tb_next
    if best is None:
        return "in wasgi, not in the application"
    code = best.tb_frame.f_code
    return f"at {code.co_filename}:{best.tb_lineno} in {code.co_qualname}"


def _owner(filename: str) -> int:
    for rank, folder in enumerate(_OWNERS):
        if filename.startswith(folder):
            return rank
    return len(_OWNERS)


def _strip(summary: traceback.TracebackException) -> None:
    waiting = [summary]
    while waiting:
        summary = waiting.pop()
        if summary is None:
            continue
        summary.stack[:] = [frame for frame in summary.stack if not _is_ours(frame.filename)]
        waiting += (summary.__cause__, summary.__context__, *(summary.exceptions or ()))


def _is_ours(filename: str) -> bool:
    return filename.startswith((GATEWAY, "<frozen importlib."))


def _write(errors, text: str) -> None:
    try:
        errors.write(text)
        errors.flush()
    except Exception:
        # The application may have closed or replaced its stderr: the response must not fail for that.
        pass
