"""Packages' extension modules as side modules, which `wasgi build` joins to the guest.

A side module is position-independent code (custom section `dylink.0`). The cache keeps it under a name that
changes with all that decides on it.
"""

import json
import shutil
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from . import (
    c_sources,
    cffi_source,
    crate,
    cxx,
    debian,
    imports,
    longjmp,
    meson,
    rust,
    source_distribution,
)
from .base import RecipeError, exclusive, fresh, jobs, pinned_file, run, write_atomically
from .cpython import ABI_FLAGS, build_python_path
from .descriptions import has_cxx, packages
from .index import fetch_pinned
from .libraries import EMULATION_FLAGS
from .sources import unpack

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
    # Which runs the constructors of static objects, when the guest starts.
    "-Wl,--export-if-defined=__wasm_call_ctors",
]


def served(build):
    """The packages of a guest: small ones in any case, and others that are built already."""
    return [package for package in packages() if package.about.get("small") or package.is_built(build)]


def libraries(build, chosen):
    """What the guest is linked with beside its own for these packages."""
    return cxx.archives(build) if any(has_cxx(package.about) for package in chosen) else []


def make(build, chosen):
    """Builds the packages that are not there yet."""
    build.run(["toolchain", "sources", "build-python", "openssl", "configure", "libraries"])
    with exclusive(build.home / "native" / "lock", build.tell):
        try:
            for package in chosen:
                if not package.is_built(build):
                    make_one(build, package)
        finally:
            shutil.rmtree(rust.target_folder(build), ignore_errors=True)


def make_one(build, package):
    folder = fresh(package.folder(build))
    build.log = folder / "log"
    begin = time.monotonic()
    # The same place for each, as what cargo keeps for the next one knows its folder.
    work = fresh(build.home / "native" / "work")
    for part in package.parts():
        unpack_into(pinned_file(build.downloads, part, partial(fetch, build, part)), work / part["name"])
        debian.patch(build, part, work / part["name"])
    for change in package.about.get("edit", []):
        edit(work / change["file"], change["old"], change["new"], change.get("every", False))
    side = folder / SIDE_MODULE
    link(build, package, compile_all(build, package, work), work, side)
    copy_licences(package, work, folder / "licences")
    shutil.rmtree(work)
    seconds, size = round(time.monotonic() - begin, 1), side.stat().st_size
    done = {"seconds": seconds, "size": size, "imports": imports.imported(side.read_bytes())}
    write_atomically(folder / "done.json", json.dumps(done) + "\n")
    build.tell(f"{package.name} {package.about['source']['version']}: {size:,} bytes in {seconds} s")


def fetch(build, part, into):
    """A library in C comes from Debian, or a crate that carries it; a package, from the index of packages."""
    by_place = {"debian": debian.fetch, "crate": crate.fetch}
    fetch_it = next((by_place[place] for place in by_place if place in part), source_distribution.fetch)
    return fetch_it(build, part, into)


def unpack_into(archive, folder):
    """Unpacks an archive that holds one folder as that folder."""
    unpacked = fresh(folder.with_name(folder.name + ".unpacked"))
    unpack(archive, unpacked)
    next(unpacked.iterdir()).rename(folder)
    unpacked.rmdir()


def edit(file, old, new, every=False):
    """Replaces what a source file says once, or as often as it says it."""
    text = file.read_text()
    if text.count(old) != 1 and not (every and old in text):
        raise RecipeError(f"{file.name} does not say once what its package's `edit` changes.")
    file.write_text(text.replace(old, new))


def compile_all(build, package, work):
    """Compiles the crate of the section `cargo`, what the section `meson` builds, and the sources of `c`."""
    about = package.about
    products = [rust.archive(build, about["cargo"], work)] if "cargo" in about else []
    if "meson" in about:
        products += meson.objects(build, about, flags(build, work), work)
    return products + (compile_c(build, about, work) if "c" in about else [])


def flags(build, work):
    """What any source in C is compiled with."""
    headers = build.folder("sources") / "python"
    folders = [headers / "Include", pyconfig(build)]
    folders += [build.folder(step) / "include" for step in ("libraries", "openssl")]
    # The paths of this machine's folders do not go into the code.
    hidden = f"-ffile-prefix-map={work}="
    return [*COMPILE, *ABI_FLAGS, *EMULATION_FLAGS, hidden, *(f"-I{folder}" for folder in folders)]


def compile_c(build, about, work):
    how = about["c"]
    if "cython" in how:
        translate(build, how["cython"], work)
    if "cffi" in how:
        cffi_source.write(build, how["cffi"], work)
    c_sources.write_headers(how, work)
    of_all = [*flags(build, work), *(longjmp.FLAGS if how.get("longjmp") else [])]
    of_cxx = cxx.flags(build) if c_sources.is_cxx(about) else []
    chosen = c_sources.chosen(about, work)
    products = [work / f"{number}.o" for number in range(len(chosen))]

    def compile_one(source, product):
        file, own = source
        more = [*of_all, *(of_cxx if file.suffix in cxx.SUFFIXES else []), *own]
        run([*build.toolchain()["cc"], *more, "-c", file, "-o", product], cwd=work, log=build.log)

    with ThreadPoolExecutor(int(jobs())) as pool:
        list(pool.map(compile_one, chosen, products))
    return products


def pyconfig(build):
    """The folder of the header that CPython's configure wrote."""
    return next(build.folder("configure").rglob("pyconfig.h")).parent


def translate(build, how, work):
    """Has Cython write the C source beside each of its own."""
    wheel = pinned_file(build.downloads, how, lambda into: fetch_pinned(build, "cython", how, into, ANY))
    # Its declarations of CPython are found in files only.
    cython = work / "cython.unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(cython)
    for source in how["sources"]:
        run(
            [build_python_path(build), "-m", "cython", "-3", source],
            cwd=work,
            log=build.log,
            env={"PYTHONPATH": str(cython)},
        )


def link(build, package, products, work, side):
    exported = list(package.about["modules"].values())
    if package.about.get("c", {}).get("longjmp"):
        exported += longjmp.add_runtime(build, [*COMPILE, *ABI_FLAGS], products, work)
    exported = [f"-Wl,--export={name}" for name in exported]
    run([*build.toolchain()["cc"], *LINK, *exported, *products, "-o", side], cwd=side.parent, log=build.log)


def copy_licences(package, work, into):
    fresh(into)
    for name in package.about["licence-files"]:
        shutil.copy(work / name, into / name.replace("/", "-"))
