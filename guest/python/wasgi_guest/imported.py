"""Tells whoever develops an application which modules a request imported: every request imports them anew."""

import sys

from .tracebacks import log_note

# Fewer take less time than anybody would notice.
_FEWEST = 5
_MOST_NAMED = 6

# How many modules the snapshot has. The boot sets it, unless it was in haste: the next build may import more.
known = sys.maxsize


def note(request_line: tuple[str, str], errors) -> None:
    """Writes one line if this request imported modules. The host shows the same line once."""
    found = [name for name in list(sys.modules)[known:] if not name.startswith(f"{__package__}.")]
    if len(found) < _FEWEST:
        return
    packages = list(dict.fromkeys(name.partition(".")[0] for name in found if not name.startswith("_")))
    more = len(packages) - _MOST_NAMED
    named = ", ".join(packages[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    method, target = request_line
    path = target.partition("?")[0]
    cure = f", or build with --warm {path}" if method == "GET" else ""
    log_note(
        errors,
        f"each {method} {path} imports {len(found)} modules ({named}): import them at the top of the "
        f"application{cure}",
    )
