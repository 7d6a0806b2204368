"""Which glibc and which shared libraries a program needs, read from the program itself.

The layout is that of the System V ABI (gabi, "Object Files" and "Dynamic Linking") and, for versions of
symbols, of the Linux Standard Base ("Symbol Versioning").
"""

import re
import struct
from pathlib import Path
from typing import NamedTuple

from project import ReleaseError

#: e_machine, and how platform tags name it.
MACHINES = {62: "x86_64", 183: "aarch64"}
PT_LOAD, PT_DYNAMIC = 1, 2
DT_NULL, DT_NEEDED, DT_STRTAB, DT_VERNEED, DT_VERNEEDNUM = 0, 1, 5, 0x6FFFFFFE, 0x6FFFFFFF
#: What any Linux with glibc has (PEP 600, and auditwheel's policies). libgcc_s is GCC's, and as usual.
EVERYWHERE = {
    "ld-linux-aarch64.so.1",
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
}
#: Names without a number, and the glibc that they came with.
NAMED_VERSIONS = {"GLIBC_ABI_DT_RELR": (2, 36)}


class Program(NamedTuple):
    """What a program needs."""

    machine: str
    #: Names of shared libraries.
    libraries: list[str]
    #: Names of versions of their symbols, such as `GLIBC_2.34`.
    versions: set[str]

    def glibc(self) -> tuple[int, int]:
        """The oldest glibc that has all of the versions."""
        if "libc.so.6" not in self.libraries:
            raise ReleaseError(
                "the program is not linked with glibc, and no tag of manylinux is true of it: "
                "build it for a target of Rust that ends in -linux-gnu"
            )
        if "GLIBC_PRIVATE" in self.versions:
            raise ReleaseError("the program needs GLIBC_PRIVATE: it runs on one build of glibc only")
        numbers = [re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", name) for name in self.versions]
        known = [(int(found[1]), int(found[2])) for found in numbers if found]
        return max(
            [*known, *(NAMED_VERSIONS[name] for name in self.versions & NAMED_VERSIONS.keys()), (2, 0)]
        )

    def platform_tag(self) -> str:
        """The tag of PEP 600: true where this much glibc is, and nothing else need be."""
        foreign = sorted(set(self.libraries) - EVERYWHERE)
        if foreign:
            raise ReleaseError(
                f"the program needs {', '.join(foreign)}, which not every Linux has: link it statically"
            )
        major, minor = self.glibc()
        return f"manylinux_{major}_{minor}_{self.machine}"


def read(path: Path) -> Program:
    """Reads a dynamic, little-endian program of 64 bits."""
    try:
        return _read(path.read_bytes())
    except (struct.error, IndexError, ValueError) as error:
        raise ReleaseError(f"{path} is cut short or damaged: build it again ({error})") from None
    except ReleaseError as error:
        raise ReleaseError(f"{path}: {error}") from None


def _read(data: bytes) -> Program:
    if data[:6] != b"\x7fELF\x02\x01":
        raise ReleaseError("it is no program for 64-bit Linux: name the `wasgi` binary")
    (number,) = struct.unpack_from("<H", data, 18)
    if number not in MACHINES:
        raise ReleaseError(
            f"wheels are made for {' and '.join(MACHINES.values())}, and its machine is number {number}"
        )
    loads, dynamic = _segments(data)
    entries = list(_entries(data, dynamic)) if dynamic else []
    tags = dict(entries)
    strings = _offset(loads, tags[DT_STRTAB]) if DT_STRTAB in tags else 0
    libraries = [_text(data, strings + value) for tag, value in entries if tag == DT_NEEDED]
    versions = set()
    if DT_VERNEED in tags:
        names = _version_names(data, _offset(loads, tags[DT_VERNEED]), tags[DT_VERNEEDNUM])
        versions = {_text(data, strings + name) for name in names}
    return Program(MACHINES[number], libraries, versions)


def _segments(data: bytes) -> tuple[list[tuple[int, int, int]], int | None]:
    """What is loaded, as (address, offset, size), and where the dynamic section begins."""
    (start,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    loads, dynamic = [], None
    for at in range(start, start + size * count, size):
        kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", data, at)
        if kind == PT_LOAD:
            loads.append((address, offset, length))
        elif kind == PT_DYNAMIC:
            dynamic = offset
    return loads, dynamic


def _entries(data: bytes, at: int):
    while True:
        tag, value = struct.unpack_from("<qQ", data, at)
        if tag == DT_NULL:
            return
        yield tag, value
        at += 16


def _version_names(data: bytes, at: int, count: int):
    """Where names begin in the table of strings: for each library (Verneed) its versions' (Vernaux)."""
    for _ in range(count):
        _, versions, _, first, after = struct.unpack_from("<HHIII", data, at)
        inner = at + first
        for _ in range(versions):
            _, _, _, name, further = struct.unpack_from("<IHHII", data, inner)
            yield name
            inner += further
        at += after


def _offset(loads: list[tuple[int, int, int]], address: int) -> int:
    for start, offset, length in loads:
        if start <= address < start + length:
            return address - start + offset
    raise ValueError(f"address {address:#x} is in no segment")


def _text(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode("ascii")
