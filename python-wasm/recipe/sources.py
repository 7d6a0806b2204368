"""The steps `sources` and `crates`: sources of CPython and of its libraries, checked against their pins."""

import json
import os
import re
import tarfile
import urllib.request
from fnmatch import fnmatch

from .apt import Apt
from .base import RecipeError, check_hash, fresh, pinned_file, run, sha256_of
from .failures import fetching, unfetched

# Seconds without a byte after which a server is given up.
SILENCE = 60
# Conditional jumps of the interpreter, with and without monitoring.
BRANCHES = 8
# Of the interpreter's cache of attributes of types: the binary logarithm of how many there is room for.
TYPE_CACHE = 12
WIDER_TYPE_CACHE = 15


def sources(build, folder):
    """CPython's source tree with Debian's security patches applied, in `python/`."""
    pin = build.pins["python"]
    package = build.pins["patches"]["package"]
    tarball = pinned_file(build.downloads, pin, lambda into: fetch_tarball(build, pin, package, into))
    unpacked = fresh(folder / "unpacked")
    unpack(tarball, unpacked)
    tree = next(unpacked.iterdir())
    applied = patch(build, folder, tree)
    forget_branches(tree / "Python/generated_cases.c.h")
    widen_type_cache(tree / "Include/internal/pycore_typeobject.h")
    fresh(folder / "python").rmdir()
    tree.rename(folder / "python")
    unpacked.rmdir()
    (folder / "patches.json").write_text(json.dumps(applied, indent=2) + "\n")
    build.tell(f"CPython {pin['version']} with {len(applied['applied'])} patches of {applied['revision']}")


def fetch_tarball(build, pin, package, into):
    """The upstream sources in Debian's source package, or from where they were released."""
    try:
        apt = Apt(build.cache, f"the source package {package}", suite=build.pins["patches"]["suite"])
        apt.update(build.log)
        apt.get("source", "--download-only", "--tar-only", package, cwd=into, log=build.log)
        return into / pin["file"]
    except RecipeError as error:
        build.tell(f"not from Debian ({str(error).splitlines()[0]}), so from {pin['upstream']}")
    return download(pin["upstream"], into / "upstream")


def download(address, came):
    """The file at an address. One that breaks off is told as that, and not as one of another hash."""
    with (
        fetching(address),
        urllib.request.urlopen(address, timeout=SILENCE) as answer,
        came.open("wb") as out,
    ):
        while block := answer.read(1 << 20):
            out.write(block)
        size, wanted = out.tell(), answer.headers["Content-Length"]
    if wanted and size != int(wanted):
        raise unfetched(address, f"it broke off after {size} of {wanted} bytes")
    return came


def unpack(tarball, into):
    with tarfile.open(tarball) as archive:
        archive.extractall(into, filter="tar") if hasattr(tarfile, "tar_filter") else archive.extractall(into)


def patch(build, folder, tree):
    """Applies the selected patches in the order of Debian's `series`; returns what provenance will say."""
    if without_patches(build, "this Python"):
        return {"revision": "none", "applied": []}
    wanted = build.pins["patches"]["select"]
    return apply(build, fetch_patches(build, folder), tree, lambda series: selected(series, wanted))


def without_patches(build, what):
    """Whether they are left out, which is told."""
    if os.environ.get("WASGI_WITHOUT_PATCHES") != "1":
        return False
    build.tell(f"WASGI_WITHOUT_PATCHES=1: {what} lacks Debian's security fixes")
    return True


def apply(build, archive, tree, choose):
    """Applies the patches of Debian's archive that `choose` takes from its `series`; returns the same."""
    unpack(archive, tree)
    patches = tree / "debian/patches"
    applied = []
    for name in choose((patches / "series").read_text()):
        run(["patch", "-p1", "--batch", "--forward", "-i", patches / name], cwd=tree, log=build.log)
        applied.append({"name": name, "sha256": sha256_of(patches / name)})
    return {"revision": revision_of(archive), "sha256": sha256_of(archive), "applied": applied}


def forget_branches(cases):
    """Takes out the history that each conditional jump writes into its code, for a JIT that is not built.

    Every page that a request writes to is restored before the next one, so code had better not be written to.
    No configure option says so.
    """
    text, count = re.subn(
        r"^ *this_instr\[1\]\.cache = .*<< 1\) \| .*;\n", "", cases.read_text(), flags=re.MULTILINE
    )
    if count != BRANCHES:
        raise RecipeError(
            f"{cases.name}: {count} places write the history of branches, {BRANCHES} were expected: look at "
            "what this release of CPython does there."
        )
    cases.write_text(text)


def widen_type_cache(header):
    """Gives attributes of types more places in their cache, so that few have the same.

    Two that have take it from each other whenever they are looked up: each time a slow search, and in each
    request a page written to. CPython's own size is for a processor's first cache; this one is read at a few
    places.
    """
    line = "#define MCACHE_SIZE_EXP {}\n"
    text = header.read_text()
    if text.count(line.format(TYPE_CACHE)) != 1:
        raise RecipeError(f"{header.name}: the size of the cache of types' attributes is not 2^{TYPE_CACHE}.")
    header.write_text(text.replace(line.format(TYPE_CACHE), line.format(WIDER_TYPE_CACHE)))


def fetch_patches(build, folder):
    pin = build.pins["patches"]
    apt = Apt(build.cache, "Debian's security patches for CPython", suite=pin["suite"])
    apt.update(build.log)
    into = fresh(folder / "debian")
    apt.get("source", "--download-only", "--diff-only", pin["package"], cwd=into, log=build.log)
    archive = next(into.glob("*.debian.tar.*"))
    revision = revision_of(archive)
    if revision.split("-")[0] != build.pins["python"]["version"]:
        raise RecipeError(
            f"Debian's patches are now for {revision}, the pin is CPython {build.pins['python']['version']}: "
            "move [python] in python-wasm/pins.toml to that release."
        )
    if revision != pin["seen"]:
        build.tell(
            f"Debian's patches moved on from {pin['seen']} to {revision}: let `seen` in pins.toml follow"
        )
    return archive


def revision_of(archive):
    """`python3.14_3.14.2-1+deb14u1.debian.tar.xz` -> `3.14.2-1+deb14u1`."""
    return archive.name.split("_", 1)[1].split(".debian.tar")[0]


def selected(series, patterns):
    """The patches of `series`, in its order, whose name one of the patterns fits."""
    names = [line.split("#")[0].strip() for line in series.splitlines()]
    return [name for name in names if name and any(fnmatch(name, pattern) for pattern in patterns)]


def crates(build, folder):
    """The crates that carry C sources, vendored by cargo from a throw-away manifest."""
    pins = {**build.pins["crates"], **build.pins["build-crates"]}
    manifest = fresh(folder / "manifest")
    (manifest / "src").mkdir()
    (manifest / "src/lib.rs").touch()
    wanted = "".join(f'{name} = "={pin["version"].split("+")[0]}"\n' for name, pin in pins.items())
    (manifest / "Cargo.toml").write_text(
        '[package]\nname = "throw-away"\nversion = "0.0.0"\nedition = "2021"\n\n'
        f"[workspace]\n\n[dependencies]\n{wanted}"
    )
    with fetching("the crates with C sources, by cargo,"):
        run(["cargo", "vendor", "--quiet", "--versioned-dirs", "vendor"], cwd=manifest, log=build.log)
    for name, pin in pins.items():
        crate = manifest / "vendor" / f"{name}-{pin['version']}"
        came = json.loads((crate / ".cargo-checksum.json").read_text())["package"]
        check_hash(f"crate {name} {pin['version']}", came, pin["sha256"])
        fresh(folder / name).rmdir()
        crate.rename(folder / name)
    fresh(manifest).rmdir()
