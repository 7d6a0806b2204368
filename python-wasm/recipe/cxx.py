"""Packages in C++: Debian's libc++ for WASI, unpacked into the cache.

It is compiled without exceptions and not position-independent. So packages do without exceptions, too, and
call the library in the guest, which is linked with it as far as they need it.
"""

import json

from .apt import Apt
from .base import exclusive, fresh, run, write_atomically

SUFFIXES = (".cc", ".cpp", ".cxx")
ARCHIVES = ("libc++.a", "libc++abi.a")


def flags(build):
    """What sources in C++ are compiled with beside the flags of those in C."""
    return [
        "-fno-exceptions",
        "-fno-rtti",
        "-nostdinc++",
        f"-isystem{home(build) / 'include/wasm32-wasi/c++/v1'}",
    ]


def archives(build):
    """What the guest is linked with."""
    return [home(build) / "lib/wasm32-wasi" / name for name in ARCHIVES]


def home(build):
    """The library's folder; Debian's packages are unpacked once."""
    major = build.pins["clang"]["major"]
    folder = build.home / "native" / f"cxx-{major}"
    with exclusive(folder.with_suffix(".lock"), build.tell):
        if not (folder / "packages.json").exists():
            unpack(build, major, folder)
    return folder / f"tree/usr/lib/llvm-{major}"


def unpack(build, major, folder):
    apt = Apt(build.cache, "the C++ library")
    apt.update(build.log)
    tree = fresh(folder / "tree")
    names = [f"libc++{part}-{major}-dev-wasm32" for part in ("", "abi")]
    apt.get("download", *names, cwd=folder, log=build.log)
    found = sorted(folder.glob("*.deb"))
    for package in found:
        run(["dpkg-deb", "-x", package, tree], cwd=folder, log=build.log)
        package.unlink()
    write_atomically(folder / "packages.json", json.dumps([package.stem for package in found]) + "\n")
