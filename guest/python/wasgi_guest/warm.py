"""Imports and builds, before the snapshot, what the first request or the first error would need."""

import ast
import encodings.ascii
import encodings.latin_1
import encodings.utf_8
import linecache
import tokenize

from .tracebacks import format_error

# `traceback` and the decoding of source lines import these on demand. An import during a request recurs in
# every request, and fails if memory has run out.
_NEEDED = (ast, encodings.ascii, encodings.latin_1, encodings.utf_8, linecache, tokenize)


def up() -> None:
    """Formats errors for which `traceback` searches similar names."""
    for error in (_name_error, _attribute_error):
        try:
            error()
        except Exception as caught:
            format_error(caught)


def _name_error():
    return undefined_name_of_wasgi  # noqa: F821


def _attribute_error():
    return ast.no_such_name_of_wasgi
