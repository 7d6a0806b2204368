"""Compiles Python files to byte code for the file image, in a boot that does nothing else."""

import importlib.util
from importlib._bootstrap_external import _code_to_hash_pyc


def precompile(paths: list[str]) -> bytes:
    """Gives each file's `.pyc` content behind its length (four bytes, little endian); 0 where none can be.

    The byte code is marked as one that is never checked against its source (PEP 552): both are read-only.
    """
    report = bytearray()
    for path in paths:
        code = _compile(path)
        report += len(code).to_bytes(4, "little") + code
    return bytes(report)


def _compile(path: str) -> bytes:
    with open(path, "rb") as file:
        source = file.read()
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        # Whoever imports it is told why, with the source at hand. Some packages have templates like this.
        return b""
    return bytes(_code_to_hash_pyc(code, importlib.util.source_hash(source), False))
