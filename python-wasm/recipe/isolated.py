"""Objects of several extension modules in one side module, where each would be a library of its own.

Two modules may have functions of the same name, even different ones: as libraries, neither sees the other's.
So each is linked into one relocatable object, in whose table of symbols (WebAssembly's tool conventions,
Linking.md) all that it defines becomes local, but for the function that CPython calls.
"""

from .imports import Reader

CUSTOM, LINKING, SYMBOL_TABLE = 0, "linking", 8
FUNCTION, DATA, GLOBAL, SECTION, TAG, TABLE = range(6)
WEAK, LOCAL, UNDEFINED, EXPLICIT_NAME = 0x1, 0x2, 0x10, 0x40
# Of the header: magic and version; of the section: its version.
HEADER = 8


def isolate(file, kept):
    """Makes what an object defines local to it, but for the names in `kept`."""
    content = bytearray(file.read_bytes())
    for at, name, flags in symbols(content):
        # What is weak is of the language: it is in several objects, and one of them is taken.
        if not flags & (UNDEFINED | WEAK) and name not in kept:
            content[at] |= LOCAL
    file.write_bytes(content)


def symbols(content):
    """The place of each symbol's flags, its name and its flags."""
    reader = Reader(content)
    reader.take(HEADER)
    while reader.at < len(content):
        section, length = reader.byte(), reader.number()
        end = reader.at + length
        if section == CUSTOM and reader.name() == LINKING:
            reader.number()
            while reader.at < end:
                kind, length = reader.byte(), reader.number()
                behind = reader.at + length
                if kind == SYMBOL_TABLE:
                    yield from (symbol(reader) for _ in range(reader.number()))
                reader.at = behind
        reader.at = end


def symbol(reader):
    kind, at, flags = reader.byte(), reader.at, reader.number()
    name = ""
    if kind == DATA:
        name = reader.name()
        if not flags & UNDEFINED:
            for _ in ("segment", "offset", "size"):
                reader.number()
    else:
        reader.number()
        if kind != SECTION and (not flags & UNDEFINED or flags & EXPLICIT_NAME):
            name = reader.name()
    return at, name, flags
