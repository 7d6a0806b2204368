"""Compiles Python files to byte code for the file image, in a boot of its own."""

import ast
import importlib.util
import warnings
from collections.abc import Iterator
from importlib._bootstrap_external import _code_to_hash_pyc
from types import CodeType

from .layout import PACKAGES

_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def precompile(files: list[tuple[str, bool]], docstrings: bool) -> bytes:
    """Returns each file's `.pyc` content behind its length (four bytes, little endian); 0 if it does
    not compile.

    A file is its path, and whether its byte code keeps the columns of instructions. The byte code is marked
    as never checked against its source (PEP 552): both are read-only.
    """
    report = bytearray()
    for path, columns in files:
        code = _compile(path, columns, docstrings)
        report += len(code).to_bytes(4, "little") + code
    return bytes(report)


def _compile(path: str, columns: bool, docstrings: bool) -> bytes:
    with open(path, "rb") as file:
        source = file.read()
    try:
        with warnings.catch_warnings():
            if path.startswith(PACKAGES):
                # Not the developer's to mend; pip compiles packages as quietly.
                warnings.simplefilter("ignore", SyntaxWarning)
            text = source if docstrings else without_docstrings(ast.parse(source, path))
            code = compile(text, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        # Its import will raise the error, with the source at hand. Some packages have templates like this.
        return b""
    if not columns:
        code = without_columns(code)
    return bytes(_code_to_hash_pyc(code, importlib.util.source_hash(source), False))


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Removes docstrings as `python -OO` does, but keeps assertions."""
    for node in ast.walk(tree):
        # A string after the docstring, which has no effect, would become the docstring.
        while isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            last = node.body.pop(0)
            if not node.body:
                # Only a module's body may be empty; a `pass` does no harm there.
                node.body.append(ast.copy_location(ast.Pass(), last))
    return tree


def without_columns(code: CodeType) -> CodeType:
    """Returns the code with line numbers only, as `-X no_debug_ranges` does for a whole interpreter."""
    inner = (without_columns(value) if isinstance(value, CodeType) else value for value in code.co_consts)
    return code.replace(co_consts=tuple(inner), co_linetable=b"".join(_lines(code)))


def _lines(code: CodeType) -> Iterator[bytes]:
    """Yields the entries of a location table (CPython's `Objects/locations.md`)."""
    no_columns, none, longest = 13, 15, 8
    last = code.co_firstlineno
    for start, end, line in code.co_lines():
        for at in range(start, end, 2 * longest):
            units = (min(end, at + 2 * longest) - at) // 2
            if line is None:
                yield bytes([0x80 | none << 3 | units - 1])
            else:
                yield bytes([0x80 | no_columns << 3 | units - 1]) + _signed(line - last)
                last = line


def _signed(value: int) -> bytes:
    """Encodes a number in groups of six bits, the lowest first; the lowest bit of all is the sign."""
    rest = -value << 1 | 1 if value < 0 else value << 1
    groups = bytearray()
    while rest >= 0x40:
        groups.append(0x40 | rest & 0x3F)
        rest >>= 6
    groups.append(rest)
    return bytes(groups)
