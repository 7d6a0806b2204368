#!/usr/bin/env python3
"""Builds the guest: its core module `guest/build/guest.wasm`, and its file tree in `guest/build/root/`.

python3 guest/build.py          all that is out of date, CPython for WASI included
python3 guest/build.py force    all of the guest again
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (the Python that runs this may be older)
    sys.exit("guest/build.py needs Python 3.11 or newer: run it with a newer python3.")

import concurrent.futures
import hashlib
import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python-wasm"))

from recipe import machine, native, version
from recipe.base import RecipeError, exclusive
from recipe.building import Build
from recipe.imports import LIBC_PREFIX
from recipe.progress import Progress

GUEST = Path(__file__).resolve().parent
REPOSITORY = GUEST.parent
BUILD = GUEST / "build"
BINDINGS = BUILD / "bindings"
OBJECTS = BUILD / "objects"
ROOT = BUILD / "root"
MODULE = BUILD / "guest.wasm"
# What `wasgi build` joins to the guest of an application that has such packages.
NATIVE = BUILD / "native"
STAMPS = BUILD / "stamps.json"

STDLIB_IN_ROOT = version.STDLIB.lstrip("/")
# Folders of Python sources, ours and modules that the standard library lacks for WASI, and their places in
# the guest's file tree, which tracebacks show.
OWN_PACKAGES = {
    GUEST / "python" / "wasgi_guest": "wasgi/wasgi_guest",
    GUEST / "hooks" / "wasgi": "wasgi/wasgi",
    GUEST / "python" / "library": STDLIB_IN_ROOT,
}

# The decoder of the file image, from the crate that the host packs with, so both are of the same release.
ZSTD = "zstd-sys"
ZSTD_SOURCES = ("common", "decompress")
# One decoder for each kind of block instead of two, for half the size, and no error texts.
ZSTD_FLAGS = [
    "-DZSTD_DISABLE_ASM",
    "-DZSTD_STRIP_ERROR_STRINGS",
    "-DHUF_FORCE_DECOMPRESS_X1",
    "-DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT",
]

# CPython's _ctypes, which its configure leaves out without libffi; guest/ffi/ replaces libffi.
CTYPES = ("_ctypes", "callbacks", "callproc", "cfield", "stgdict")
CTYPES_FLAGS = [
    f"-I{GUEST / 'ffi'}",
    "-DPy_BUILD_CORE_BUILTIN",
    *(f"-D{name}=wasgi_{name}" for name in ("dlopen", "dlsym", "dlerror", "dlclose")),
]

COMPILE = ["-std=gnu17", "-O3", "-ffunction-sections", "-fdata-sections"]
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
# The ends of the C stack and of the static data, for `wasgi inspect`.
MARKS = ["-Wl,--export=__stack_high", "-Wl,--export=__heap_base"]
# Without the libraries' DWARF; function names stay, for backtraces of traps. Without -O, because the module
# would then depend on whether wasm-opt is on PATH.
LINK = ["-Wl,--strip-debug", "-Wl,--gc-sections", *MARKS]
# Functions that ours wrap: of libc (guest/src/libc_*.c, zone.c), SQLite (sqlite_files.c), OpenSSL (pbkdf2.c,
# openssl.c) and CPython (module_names.c, c_locks.c).
OF_FILES = [
    "__wasilibc_nocwd_openat_nomode",
    "open",
    "openat",
    "mkdir",
    "mkdirat",
    "__wasilibc_find_relpath_alloc",
]
OF_LIBRARIES = ["sqlite3_errmsg", "PKCS5_PBKDF2_HMAC", "SSL_CTX_new"]
OF_LOCKS = ["PyThread_acquire_lock", "PyThread_acquire_lock_timed"]
OF_CPYTHON = ["_Py_ext_module_loader_info_init_for_builtin", *OF_LOCKS]
WRAPPED = [*OF_FILES, "__secs_to_zone", "__tm_to_tzname", "uname", *OF_LIBRARIES, *OF_CPYTHON]


# The stack that their code shares, what makes their modules known to CPython, and what some draw seeds by.
FOR_JOINING = ["__stack_pointer", "PyImport_AppendInittab", "entropy_draw"]
# libc's functions that read and print numbers, those of long doubles, too: its others end the program at one.
LONG_DOUBLES = "-lc-printscan-long-double"


class Step(NamedTuple):
    name: str
    about: str
    #: What it takes on two idle cores.
    seconds: int
    run: Callable[[Path], None]
    output: Path
    inputs: list[Path | str]


def main(words):
    if words not in ([], ["force"]):
        raise RecipeError(f"unknown argument: {' '.join(words)}\n{__doc__}")
    if words:
        STAMPS.unlink(missing_ok=True)
    recipe = Build()
    told = Progress(len(recipe.missing(["package"])) + len(stale(recipe.output())))
    if told.total:
        machine.require()
    recipe.run(["package"], told)
    make(recipe.output(), told)


def make(python, told):
    """Runs the steps that are out of date; `python` is python-wasm's output folder, named by its inputs."""
    BUILD.mkdir(exist_ok=True)
    with exclusive(BUILD / "lock", print):
        for step in stale(python):
            with told.step(step.name, step.about, step.seconds):
                run_step(step, python)


def stale(python):
    """Returns the steps whose inputs have changed or whose output is missing."""
    world = [
        *files("wit"),
        *files("bindgen"),
        *versions("wasmtime-wasi-http", "wit-bindgen-c", "wit-bindgen-core"),
    ]
    core = [*world, *files("src"), *files("ffi"), *versions(ZSTD), python]
    steps = [
        Step("bindings", "bindings of wasi:http for the guest", 5, bindings, BINDINGS, world),
        Step("module", "the guest's core module", 10, module, MODULE, core),
        Step(
            "native",
            "the guest that packages' native code is joined to",
            10,
            join,
            NATIVE,
            [*core, *natives()],
        ),
        Step("root", "the guest's file tree", 2, root, ROOT, [*own_files(), python]),
    ]
    stamps = read_stamps()
    return [
        step for step in steps if stamps.get(step.name) != digest(step.inputs) or not step.output.exists()
    ]


def run_step(step, python):
    """Runs a step; an interrupted step counts as out of date."""
    stamps = read_stamps()
    stamps.pop(step.name, None)
    write_stamps(stamps)
    step.run(python)
    write_stamps({**stamps, step.name: digest(step.inputs)})


def bindings(_python):
    shutil.rmtree(BINDINGS, ignore_errors=True)
    wit = crate("wasmtime-wasi-http") / "wit" / "deps"
    package = ["--release", "--locked", "--package", "wasgi-guest-bindgen"]
    # Compiled first, with cargo's progress visible: on a new machine this compiles wasmtime.
    if shutil.which("cargo"):
        subprocess.run(["cargo", "build", *package], check=False, cwd=REPOSITORY)
    command = ["cargo", "run", "--quiet", *package, "--"]
    run([*command, BINDINGS, GUEST / "wit" / "app.wit", wit], "generating the bindings")


def versions(*crates):
    """Returns the versions in Cargo.lock of crates that shape the bindings, or whose sources are compiled."""
    packages = tomllib.loads((REPOSITORY / "Cargo.lock").read_text())["package"]
    found = (package for package in packages if package["name"] in crates)
    return sorted(f"{package['name']} {package['version']}" for package in found)


def crate(name):
    """Returns the folder of a crate, of exactly the version in Cargo.lock."""
    metadata = run(["cargo", "metadata", "--format-version", "1", "--locked"], f"finding {name}")
    for package in json.loads(metadata)["packages"]:
        if package["name"] == name:
            return Path(package["manifest_path"]).parent
    raise RecipeError(f"{name}, some of whose files go into the guest, is not in Cargo.lock.")


def module(python):
    tools = json.loads((python / "toolchain.json").read_text())
    shutil.rmtree(OBJECTS, ignore_errors=True)
    OBJECTS.mkdir(parents=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda job: compile_c(tools, *job), sources(python)))
    link(python, [], MODULE)


def sources(python):
    """Returns all sources in C with their flags, in the order of linking."""
    zstd = crate(ZSTD) / "zstd" / "lib"
    own = [(source, [*WARNINGS, f"-I{zstd}"]) for source in sorted((GUEST / "src").glob("*.c"))]
    decoder = [
        (source, ["-w", *ZSTD_FLAGS]) for part in ZSTD_SOURCES for source in sorted((zstd / part).glob("*.c"))
    ]
    return [*own, (BINDINGS / "app.c", ["-w"]), *decoder, *ctypes_sources(python)]


def link(python, more, product):
    """Links a core module of all objects, with further flags."""
    tools = json.loads((python / "toolchain.json").read_text())
    linked = OBJECTS / product.name
    objects = [object_of(source) for source, _ in sources(python)]
    inputs = [*objects, BINDINGS / "app_component_type.o", *tools["libs"]]
    wrapped = [f"-Wl,--wrap={name}" for name in WRAPPED]
    command = [*tools["cc"], *tools["ldflags"], *LINK, *more, *wrapped, *inputs, "-o", linked]
    run(command, f"linking {product.name}")
    linked.replace(product)


def object_of(source):
    return OBJECTS / f"{source.stem}.o"


def natives():
    """What decides on the packages' native code."""
    build = Build()
    return [f"{package.name} {package.key(build)}" for package in native.served(build)]


def join(python):
    """The side modules, their index, and the core module that exports what they call."""
    build = Build()
    packages = native.served(build)
    # Without those that are there already, it does not wait for another build.
    if missing := [package for package in packages if not package.is_built(build)]:
        native.make(build, missing)
    new = NATIVE.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    for package in packages:
        shutil.copy(package.folder(build) / native.SIDE_MODULE, new / f"{package.name}.wasm")
    (new / "index.json").write_text(json.dumps([package.index() for package in packages], indent=2) + "\n")
    called = {name for package in packages for name in package.imports(build)}
    # Of what the host is asked for, the guest has its own in part; the rest it may import.
    exports = [
        f"-Wl,--export{'-if-defined' if name.startswith(LIBC_PREFIX) else ''}={name}"
        for name in sorted({*FOR_JOINING, *called})
    ]
    link(python, [*exports, LONG_DOUBLES, *native.libraries(build, packages)], new / MODULE.name)
    shutil.rmtree(NATIVE, ignore_errors=True)
    new.rename(NATIVE)


def ctypes_sources(python):
    """Returns _ctypes' sources, from the tree that the rest of CPython was compiled from."""
    folder = Build().folder("sources") / "python" / "Modules" / "_ctypes"
    internal = next((python / "include").glob("python3.*")) / "internal"
    return [(folder / f"{name}.c", ["-w", *CTYPES_FLAGS, f"-I{internal}"]) for name in CTYPES]


def compile_c(tools, source, more):
    target = object_of(source)
    flags = [*tools["cflags"], *COMPILE, *more, f"-I{BINDINGS}"]
    run([*tools["cc"], *flags, "-c", source, "-o", target], f"compiling {source.name}")
    return target


def root(python):
    new = ROOT.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(python / "stdlib", new / STDLIB_IN_ROOT)
    compile_own(json.loads((python / "toolchain.json").read_text())["python"], new)
    shutil.rmtree(ROOT, ignore_errors=True)
    new.rename(ROOT)
    # For each component's list of contents.
    shutil.copy(python / "provenance.json", BUILD)


# Sourceless, like the standard library; never checked against a source file, so that the result depends only
# on the source's text.
COMPILE_PYTHON = """
import py_compile, sys
for line in sys.stdin.read().splitlines():
    py_compile.compile(*line.split("\\t"), doraise=True,
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""


def compile_own(build_python, target):
    jobs = []
    for package, in_root in OWN_PACKAGES.items():
        for source in sorted(package.rglob("*.py")):
            name = f"{in_root}/{source.relative_to(package)}"
            jobs.append(f"{source}\t{target / name}c\t/{name}")
    # Without columns, like the standard library.
    run(
        [build_python, "-I", "-X", "no_debug_ranges", "-c", COMPILE_PYTHON],
        "compiling the gateway",
        stdin="\n".join(jobs),
    )


def own_files():
    return [source for package in OWN_PACKAGES for source in sorted(package.rglob("*.py"))]


def run(command, doing, stdin=None):
    """Runs a tool quietly; shows its output when it fails."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(
            command, check=False, input=stdin, capture_output=True, text=True, cwd=REPOSITORY
        )
    except FileNotFoundError:
        cure = "Install Rust with rustup." if command[0] == "cargo" else "Try: python3 python-wasm/build.py"
        raise RecipeError(f"{doing} needs `{command[0]}`, which is not there. {cure}") from None
    if done.returncode != 0:
        raise RecipeError(f"{doing} failed.\n{done.stdout if command[0] != 'cargo' else ''}{done.stderr}")
    if done.stderr and command[0] != "cargo":
        print(done.stderr, end="", file=sys.stderr)
    return done.stdout


def files(folder):
    return sorted(path for path in (GUEST / folder).rglob("*") if path.is_file())


def digest(inputs):
    """Hashes the names of all inputs and the contents of files. This script is part of every input."""
    hasher = hashlib.sha256()
    for name in [Path(__file__).resolve(), *inputs]:
        hasher.update(f"{name}\0".encode())
        if isinstance(name, Path) and name.is_file():
            hasher.update(hashlib.sha256(name.read_bytes()).digest())
    return hasher.hexdigest()


def read_stamps():
    try:
        return json.loads(STAMPS.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def write_stamps(stamps):
    STAMPS.write_text(json.dumps(stamps, indent=2) + "\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except RecipeError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted; run the same command again to go on")
