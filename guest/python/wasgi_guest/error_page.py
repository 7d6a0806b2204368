"""Shows an exception to whoever develops the application: in `wasgi run`, to clients of this machine.

Browsers get a page, all others the traceback.
"""

import linecache
import traceback
from types import FrameType

from .layout import GATEWAY, PACKAGES, STDLIB
from .tracebacks import format_error

_LOOPBACK = ("127.", "::1")
# Lines around the one of a frame, and the most characters of a value.
_AROUND, _LONGEST = 4, 300
# An application can make a chain of any length.
_MOST_ERRORS, _MOST_FRAMES = 8, 60
# html.escape() would bring all named characters of HTML.
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
pre { background: #8881; overflow-x: auto; padding: .5rem; margin: .25rem 0 }
mark { background: #fd08; color: inherit }
details { margin: .5rem 0 } summary { cursor: pointer } .theirs { opacity: .7 }
table { border-collapse: collapse; font: 13px/1.5 monospace; width: 100% }
td { padding: 0 .75rem 0 0; vertical-align: top }
td:last-child { overflow-wrap: anywhere; width: 80% }
"""


def page_of(
    error: BaseException, environ: dict | None, usage: tuple[float, int, int]
) -> tuple[list, bytes] | None:
    """Returns headers and body of the response; None where the usual one is to be sent.

    `usage` is as _wasgi.developing() gives it.
    """
    environ = environ or {}
    if not str(environ.get("REMOTE_ADDR", "")).startswith(_LOOPBACK):
        return None
    try:
        if "text/html" in str(environ.get("HTTP_ACCEPT", "")):
            kind, text = b"text/html; charset=utf-8", _page(error, environ, usage)
        else:
            kind, text = b"text/plain; charset=utf-8", format_error(error)
        body = text.encode("utf-8", "backslashreplace")
    except Exception:
        # What is shown belongs to the application, and may fail in any way.
        return None
    return [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ], body


def _page(error: BaseException, environ: dict, usage: tuple[float, int, int]) -> str:
    title = _text("".join(traceback.format_exception_only(error)).strip())
    spent = usage[0]
    size, cap = (f"{number / 2**20:.1f} MiB" for number in usage[1:])
    facts = f"{_text(environ.get('REQUEST_METHOD'))} {_text(environ.get('PATH_INFO'))}"
    facts += f" \N{MIDDLE DOT} {spent * 1000:.1f} ms"
    facts += f" \N{MIDDLE DOT} {size} of memory, {cap} at most"
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=color-scheme content='light dark'>",
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1><p>{facts}</p>",
        *(_error(one, how) for one, how in _chain(error)),
        f"<h2>Request</h2>{_table(sorted((str(key), value) for key, value in environ.items()))}",
        "<p>wasgi run shows this page to this machine alone; wasgi serve never does.</p></html>",
    ]
    return "\n".join(parts)


def _chain(error: BaseException) -> list[tuple[BaseException, str]]:
    """Returns the error and what led to it, each with how it is introduced, the last one first."""
    chain, how, seen = [], "Traceback", set()
    while error is not None and id(error) not in seen and len(chain) < _MOST_ERRORS:
        chain.append((error, how))
        seen.add(id(error))
        if error.__cause__ is not None:
            error, how = error.__cause__, "Its cause"
        else:
            error, how = (
                None if error.__suppress_context__ else error.__context__,
                "Raised while this was handled",
            )
    return chain


def _error(error: BaseException, how: str) -> str:
    frames = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__) if not _is_ours(frame)]
    name = _text("".join(traceback.format_exception_only(error)).strip())
    heading = f"<h2>{how}: {name}</h2>" if how != "Traceback" else "<h2>Traceback, the last call last</h2>"
    last = len(frames) - 1
    shown = (_frame(frame, line, number == last) for number, (frame, line) in enumerate(frames))
    return heading + "".join(list(shown)[-_MOST_FRAMES:])


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith((GATEWAY, "<frozen"))


def _frame(frame: FrameType, line: int, is_open: bool) -> str:
    file = frame.f_code.co_filename
    is_theirs = file.startswith((STDLIB, PACKAGES))
    where = f"{_text(file)}:{line} in <b>{_text(frame.f_code.co_qualname)}</b>"
    values = _table(sorted(dict(frame.f_locals).items()))
    return (
        f"<details{' open' if is_open or not is_theirs else ''}{' class=theirs' if is_theirs else ''}>"
        f"<summary>{where}</summary>{_source(file, line)}"
        f"<details{' open' if is_open else ''}><summary>Variables</summary>{values}</details></details>"
    )


def _source(file: str, line: int) -> str:
    lines = []
    for number in range(max(1, line - _AROUND), line + _AROUND + 1):
        if text := linecache.getline(file, number):
            shown = f"{number:5} {_text(text.rstrip())}"
            lines.append(f"<mark>{shown}</mark>" if number == line else shown)
    return f"<pre>{chr(10).join(lines)}</pre>" if lines else ""


def _table(rows: list[tuple[str, object]]) -> str:
    cells = (f"<tr><td>{_text(name)}<td>{_text(_value(value))}" for name, value in rows)
    return f"<table>{''.join(cells)}</table>"


def _value(value) -> str:
    try:
        text = repr(value)
    except BaseException as error:
        return f"<{type(value).__name__}, whose repr() raises {type(error).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text):,} characters)"


def _text(value) -> str:
    return str(value).translate(_ESCAPED)
