"""Small ELF files to read: no programs, but with all that release/elf.py looks at."""

import struct

HEADER, SEGMENT, ENTRY = 64, 56, 16
#: Segments are loaded this much above their place in the file.
BASE = 0x400000


def program(libraries=("libc.so.6",), versions=("GLIBC_2.34",), machine=62) -> bytes:
    """One segment; all `versions` are of the first of the `libraries`."""
    table, places = _strings([*libraries, *versions])
    at = HEADER + 2 * SEGMENT
    versions_at = at + len(table)
    needs = _needs(places[len(libraries) :], places[0] if libraries else 0)
    dynamic_at = versions_at + len(needs)
    tags = [(1, place) for place in places[: len(libraries)]] + [(5, BASE + at)]
    if versions:
        tags += [(0x6FFFFFFE, BASE + versions_at), (0x6FFFFFFF, 1)]
    dynamic = b"".join(struct.pack("<qQ", *tag) for tag in [*tags, (0, 0)])
    end = dynamic_at + len(dynamic)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 3, machine, 1, 0, HEADER, 0, 0, 64, 56, 2, 0, 0, 0
    )
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, BASE, end, end, 4096)
    section = struct.pack("<IIQQQQQQ", 2, 6, dynamic_at, BASE + dynamic_at, 0, len(dynamic), len(dynamic), 8)
    return header + load + section + table + needs + dynamic


def _strings(texts):
    table, places = b"\0", []
    for text in texts:
        places.append(len(table))
        table += text.encode() + b"\0"
    return table, places


def _needs(names, library):
    head = struct.pack("<HHIII", 1, len(names), library, 16, 0)
    return head + b"".join(
        struct.pack("<IHHII", 0, 0, 2, name, 16 * (number < len(names)))
        for number, name in enumerate(names, 1)
    )
