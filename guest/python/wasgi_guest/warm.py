"""Before the snapshot: imports and builds what the first request, or the first error, would need."""

import encodings.ascii
import encodings.idna
import encodings.latin_1
import encodings.utf_8
import linecache
import tokenize

from .tracebacks import format_error

_NEEDED = (encodings.ascii, encodings.idna, encodings.latin_1, encodings.utf_8, linecache, tokenize)


def up() -> None:
    """Formats the kinds of errors for which `traceback` imports something only when it meets one."""
    for error in (_name_error, _call_error, _import_error):
        try:
            error()
        except Exception as caught:
            format_error(caught)


def _name_error():
    # Suggests similar names.
    return undefined_name_of_wasgi  # noqa: F821


def _call_error():
    # Marks the part of the line with carets, for which the line is parsed.
    return {}["key"][0] + 1


def _import_error():
    from encodings import no_such_name_of_wasgi  # noqa: F401
