"""What a build needs of the machine, checked before it begins: one message has all that is missing."""

import importlib.util
import os
import platform
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import apt, cpython, version
from .base import REPOSITORY, cache_root, output_of
from .failures import CACHE_BYTES, GIB, RecipeError, existing

PYTHON = (3, 11)
NODE = (20,)
#: Modules that OpenSSL's Configure loads.
PERL = ("FindBin", "File::Compare", "IPC::Cmd", "Pod::Usage", "Text::ParseWords")
#: What cargo writes below target/: 3.2 GiB were measured with the tests.
TARGET_BYTES = 2 * GIB
TESTED_TARGET_BYTES = 4 * GIB
#: The stock engines, in the cache folder.
ENGINES_BYTES = GIB // 2

#: How packages are installed, and what they are called there, by family of distributions.
INSTALL = {"debian": "apt-get install", "fedora": "dnf install", "alpine": "apk add"}
PACKAGES = {
    "pip": {"debian": "python3-pip", "fedora": "python3-pip", "alpine": "py3-pip"},
    "venv": {"debian": "python3-venv", "fedora": "python3", "alpine": "python3"},
    "python3": {"debian": "python3", "fedora": "python3", "alpine": "python3"},
    "cc": {"debian": "gcc libc6-dev", "fedora": "gcc glibc-devel", "alpine": "gcc musl-dev"},
    # OpenSSL is configured by Perl, and wants more of it than the small one that distributions begin with.
    "perl": {"debian": "perl", "fedora": "perl", "alpine": "perl"},
    "zlib.h": {"debian": "zlib1g-dev", "fedora": "zlib-devel", "alpine": "zlib-dev"},
    "node": {"debian": "nodejs", "fedora": "nodejs", "alpine": "nodejs"},
    "npm": {"debian": "npm", "fedora": "npm", "alpine": "npm"},
    "dpkg-deb": {"debian": "dpkg"},
}


@dataclass(frozen=True)
class Lack:
    """What is missing, and its cure: a package (its name in PACKAGES, if names differ) or a sentence."""

    what: str
    package: str = ""
    cure: str = ""


@dataclass
class Machine:
    """What the checks ask a machine; tests make their own."""

    system: str
    processor: str
    libc: str
    distribution: Mapping[str, str]
    environ: Mapping[str, str]
    python: tuple[int, ...]
    which: Callable[[str], str | None]
    has_module: Callable[[str], bool]
    version_of: Callable[[str], tuple[int, ...]]
    has_header: Callable[[str], bool]
    has_perl: Callable[[], bool]
    has_build_python: Callable[[], bool]
    has_debian_sources: Callable[[], bool]
    disk: Callable[[Path], tuple[int, int]]
    writable: Callable[[Path], bool]


def this_machine():
    return Machine(
        system=platform.system(),
        processor=platform.machine(),
        libc=platform.libc_ver()[0],
        distribution=_distribution(),
        environ=os.environ,
        python=sys.version_info[:2],
        which=shutil.which,
        has_module=lambda name: importlib.util.find_spec(name) is not None,
        version_of=_version_of,
        has_header=_has_header,
        has_perl=lambda: output_of(["perl", *(f"-M{name}" for name in PERL), "-e", "1"]) is not None,
        has_build_python=_has_build_python,
        has_debian_sources=lambda: bool(apt.debian_release() and apt.system_entries()),
        disk=_disk,
        writable=lambda folder: os.access(existing(folder), os.W_OK | os.X_OK),
    )


def require(for_tests=False, machine=None):
    """Raises a RecipeError with all that is missing, and one command that installs what packages can cure."""
    machine = machine or this_machine()
    lacks = missing(for_tests, machine)
    if lacks:
        raise RecipeError(spelled(lacks, family(machine.distribution)))


def check(for_tests=False, machine=None):
    """What is missing, in words; empty on a machine that has it all."""
    return [lack.what for lack in missing(for_tests, machine or this_machine())]


def missing(for_tests, machine):
    lacks = [*_platform(machine), *_python(machine), *_tools(machine), *_cpython(machine)]
    if for_tests:
        lacks += _tests(machine)
    return [*lacks, *_folders(for_tests, machine)]


def spelled(lacks, kind):
    """The one message."""
    lines = ["This machine lacks what the build needs:"]
    lines += [f"  - {lack.what}" + (f". {lack.cure}" if lack.cure else "") for lack in lacks]
    names = [lack.package for lack in lacks if lack.package]
    if names and kind:
        names = [PACKAGES.get(name, {}).get(kind, name) for name in names]
        lines.append(f"Install them with:\n  sudo {INSTALL[kind]} {' '.join(dict.fromkeys(names))}")
    elif names:
        lines.append(f"Install by your distribution's names: {', '.join(dict.fromkeys(names))}")
    return "\n".join(lines)


def family(distribution):
    """A key of INSTALL for what os-release says, or None."""
    alike = [distribution.get("ID", ""), *distribution.get("ID_LIKE", "").split()]
    alike = ["fedora" if name in ("rhel", "centos") else name for name in alike]
    return next((name for name in alike if name in INSTALL), None)


def rust_version():
    """The oldest Rust that Cargo.toml claims."""
    claimed = tomllib.loads((REPOSITORY / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]
    return tuple(int(part) for part in claimed.split("."))


def _platform(machine):
    if machine.system != "Linux":
        yield Lack(f"Linux: this is {machine.system}", cure="Build in a Linux machine or container")
    elif machine.processor != "x86_64":
        yield Lack(
            f"an x86-64 processor: this is {machine.processor}",
            cure="docs/reference/platforms.md says what other processors need",
        )
    if machine.libc != "glibc" and not machine.environ.get("WASI_SDK_PATH"):
        yield Lack(
            "glibc, which Debian's clang is linked with",
            cure="Set WASI_SDK_PATH to a WASI SDK that runs here",
        )


def _python(machine):
    if machine.python < PYTHON:
        yield Lack(f"Python {_dotted(PYTHON)} or later: this is {_dotted(machine.python)}", "python3")
    if not machine.has_module("pip"):
        yield Lack("pip, for this Python", "pip")
    if not (machine.has_module("venv") and machine.has_module("ensurepip")):
        yield Lack("venv with ensurepip, for this Python", "venv")


def _tools(machine):
    wanted, found = rust_version(), machine.version_of("rustc") if machine.which("cargo") else ()
    if found[: len(wanted)] < wanted:
        have = f": this is {_dotted(found)}" if found else ""
        cure = "Run `rustup update`" if machine.which("rustup") else "Install it with rustup"
        yield Lack(f"Rust {_dotted(wanted)} or later with cargo{have}", cure=cure)
    if not machine.which("cc"):
        yield Lack("cc, a C compiler and linker", "cc")
    for tool in ("make", "patch"):
        if not machine.which(tool):
            yield Lack(tool, tool)
    if not machine.has_perl():
        yield Lack("Perl with its modules, which configures OpenSSL", "perl")


def _cpython(machine):
    if not machine.has_build_python() and not machine.has_header("zlib.h"):
        yield Lack(f"a Python {version.SERIES}, or zlib's headers to build one with", "zlib.h")
    sdk = machine.environ.get("WASI_SDK_PATH")
    plain = machine.environ.get("WASGI_WITHOUT_PATCHES") == "1"
    if not (sdk and plain) and not machine.has_debian_sources():
        yield Lack(
            "apt-get with Debian's sources, for "
            + ("CPython's security patches" if sdk else "clang and wasi-libc"),
            cure="Set WASI_SDK_PATH to an unpacked WASI SDK, and WASGI_WITHOUT_PATCHES=1",
        )
    if not sdk and not machine.which("dpkg-deb"):
        yield Lack("dpkg-deb", "dpkg-deb")


def _tests(machine):
    if not machine.which("node") or machine.version_of("node") < NODE:
        yield Lack(f"Node {_dotted(NODE)} or later, for the tests", "node")
    if not machine.which("npm"):
        yield Lack("npm, for the tests", "npm")


def _folders(for_tests, machine):
    cache = cache_root(machine.environ)
    target = Path(machine.environ.get("CARGO_TARGET_DIR") or REPOSITORY / "target")
    wanted = {
        cache: CACHE_BYTES + ENGINES_BYTES * for_tests,
        target: TESTED_TARGET_BYTES if for_tests else TARGET_BYTES,
    }
    by_disk = {}
    for folder, size in wanted.items():
        if not machine.writable(folder):
            cure = (
                "Make it yours, or set WASGI_CACHE to a folder that is"
                if folder == cache
                else "Make it yours"
            )
            yield Lack(f"a folder to write to: {folder}", cure=cure)
        disk, free = machine.disk(folder)
        by_disk.setdefault(disk, [free, 0, []])
        by_disk[disk][1] += size
        by_disk[disk][2].append(str(folder))
    for free, size, folders in by_disk.values():
        if free < size:
            need = f"{size / GIB:.1f} GiB of disk for {' and '.join(folders)}: {free / GIB:.1f} GiB are free"
            yield Lack(
                need, cure="Make room, or set WASGI_CACHE and CARGO_TARGET_DIR to folders of another disk"
            )


def _distribution():
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _version_of(tool):
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", output_of([tool, "--version"], cwd=REPOSITORY) or "")
    return tuple(int(part) for part in found.groups()) if found else ()


def _has_header(name):
    # A compiler knows where its headers are.
    return output_of(["cc", "-E", "-include", name, "-x", "c", "/dev/null"]) is not None


def _has_build_python():
    wanted = os.environ.get("WASGI_BUILD_PYTHON", "")
    if wanted:
        return wanted != "source"
    return cpython.find_python(version.SERIES) is not None


def _disk(folder):
    folder = existing(folder)
    return folder.stat().st_dev, shutil.disk_usage(folder).free


def _dotted(version):
    return ".".join(str(part) for part in version)
