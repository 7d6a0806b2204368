"""Packages' extension modules as side modules, which `wasgi build` joins to the guest.

`packages/NAME.toml` says what a package is built from, and how. A side module is position-independent code
(custom section `dylink.0`), kept in the cache by all that decides on it.
"""

import hashlib
import json
import shutil
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from . import imports, rust
from .apt import Apt
from .base import ROOM, RecipeError, exclusive, fresh, jobs, pinned_file, run, write_atomically
from .cpython import ABI_FLAGS, build_python_path
from .index import fetch_pinned
from .libraries import EMULATION_FLAGS
from .sources import unpack

PACKAGES = ROOM / "packages"
SIDE_MODULE = "side.wasm"
# A wheel in Python alone.
ANY = ["--only-binary", ":all:", "--platform", "any"]
# Of C: what other modules need is declared as visible, as the function is that CPython calls.
COMPILE = ["-O3", "-w", "-fPIC", "-fvisibility=hidden", "-DNDEBUG"]
# What a package calls of CPython and libc stays an import, for the guest to resolve.
LINK = [
    "-nostdlib",
    "-nostartfiles",
    "-shared",
    "-Wl,--experimental-pic,--no-entry,--unresolved-symbols=import-dynamic",
    "-Wl,-Bsymbolic,--gc-sections,--strip-debug,-O2",
]


@dataclass(frozen=True)
class Package:
    """A package, as its file describes it."""

    name: str
    file: Path

    @cached_property
    def about(self):
        return tomllib.loads(self.file.read_text())

    def key(self, build):
        """Hash of all that decides on its side module."""
        parts = [build.keys["toolchain"], build.keys["configure"], hashed(self.file)]
        parts += [hashed(Path(module.__file__)) for module in (sys.modules[__name__], rust, imports)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def folder(self, build):
        return build.home / "native" / f"{self.name}-{self.key(build)}"

    def is_built(self, build):
        return (self.folder(build) / "done.json").exists()

    def imports(self, build):
        """The names that the guest has to export for it."""
        return json.loads((self.folder(build) / "done.json").read_text())["imports"]

    def index(self):
        """What the host has to know of it."""
        about = self.about
        return {
            "name": self.name,
            "distribution": about["distribution"],
            "serves": about["serves"],
            "modules": about["modules"],
            "parts": [
                {"name": part["name"], "version": part["version"], "licence": part["licence"]}
                for part in [{"name": about["distribution"], **about["source"]}, *about.get("library", [])]
            ],
        }


def packages(names=()):
    """The packages of these names, or all that there are, in the order of their names."""
    known = {file.stem: Package(file.stem, file) for file in sorted(PACKAGES.glob("*.toml"))}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise RecipeError(f"no such package: {', '.join(unknown)}. There are: {', '.join(known)}")
    return [known[name] for name in names or known]


def served(build):
    """The packages of a guest: small ones in any case, and others that are built already."""
    return [package for package in packages() if package.about.get("small") or package.is_built(build)]


def make(build, chosen):
    """Builds the packages that are not there yet."""
    build.run(["toolchain", "sources", "build-python", "configure"])
    with exclusive(build.home / "native" / "lock", build.tell):
        for package in chosen:
            if not package.is_built(build):
                make_one(build, package)


def make_one(build, package):
    folder = fresh(package.folder(build))
    build.log = folder / "log"
    begin = time.monotonic()
    work = fresh(folder / "work")
    for part in [{"name": package.name, **package.about["source"]}, *package.about.get("library", [])]:
        unpack_into(pinned_file(build.downloads, part, partial(fetch, build, part)), work / part["name"])
    side = folder / SIDE_MODULE
    link(build, package, compile_all(build, package, work), side)
    copy_licences(package, work, folder / "licences")
    shutil.rmtree(work)
    seconds, size = round(time.monotonic() - begin, 1), side.stat().st_size
    done = {"seconds": seconds, "size": size, "imports": imports.imported(side.read_bytes())}
    write_atomically(folder / "done.json", json.dumps(done) + "\n")
    build.tell(f"{package.name} {package.about['source']['version']}: {size:,} bytes in {seconds} s")


def fetch(build, part, into):
    """The source of a library in C comes from Debian; that of a package from the Python package index."""
    if "debian" not in part:
        return fetch_pinned(build, part["name"], part, into, ["--no-binary", ":all:"])
    apt = Apt(build.cache, f"the sources of {part['name']}", suite=build.pins["patches"]["suite"])
    apt.update(build.log)
    apt.get("source", "--download-only", "--tar-only", part["debian"], cwd=into, log=build.log)
    return into / part["file"]


def unpack_into(archive, folder):
    """Unpacks an archive that holds one folder as that folder."""
    unpacked = fresh(folder.with_name(folder.name + ".unpacked"))
    unpack(archive, unpacked)
    next(unpacked.iterdir()).rename(folder)
    unpacked.rmdir()


def compile_all(build, package, work):
    """Compiles the crate of the section `cargo`, or the sources of the section `c` and what Cython makes."""
    if "cargo" in package.about:
        return [rust.archive(build, package.about["cargo"], work)]
    how = package.about["c"]
    tools = build.toolchain()
    if "cython" in how:
        translate(build, how["cython"], work)
    headers = build.folder("sources") / "python"
    flags = [*COMPILE, *ABI_FLAGS, *EMULATION_FLAGS, *how.get("flags", [])]
    flags += [f"-I{headers / 'Include'}", f"-I{pyconfig(build)}"]
    flags += [f"-I{work / name}" for name in how.get("include", [])]
    sources = [path for pattern in how["sources"] for path in matching(work, pattern)]
    products = [work / f"{number}.o" for number in range(len(sources))]

    def compile_one(source, product):
        run([*tools["cc"], *flags, "-c", source, "-o", product], cwd=work, log=build.log)

    with ThreadPoolExecutor(int(jobs())) as pool:
        list(pool.map(compile_one, sources, products))
    return products


def pyconfig(build):
    """The folder of the header that CPython's configure wrote."""
    return next(build.folder("configure").rglob("pyconfig.h")).parent


def matching(work, pattern):
    found = sorted(work.glob(pattern))
    if not found:
        raise RecipeError(f"the sources hold no {pattern}")
    return found


def translate(build, how, work):
    """Has Cython write the C source beside each of its own."""
    wheel = pinned_file(build.downloads, how, lambda into: fetch_pinned(build, "cython", how, into, ANY))
    for source in how["sources"]:
        run(
            [build_python_path(build), "-m", "cython", "-3", source],
            cwd=work,
            log=build.log,
            env={"PYTHONPATH": str(wheel)},
        )


def link(build, package, products, side):
    exported = [f"-Wl,--export={init}" for init in package.about["modules"].values()]
    run([*build.toolchain()["cc"], *LINK, *exported, *products, "-o", side], cwd=side.parent, log=build.log)


def copy_licences(package, work, into):
    fresh(into)
    for name in package.about["licence-files"]:
        shutil.copy(work / name, into / name.replace("/", "-"))


def hashed(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()
