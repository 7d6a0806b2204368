"""The steps `build-python`, `configure` and `python`: CPython itself, static, for wasm32-wasip1.

The interpreter is optimised across its files (ThinLTO) and, for a release, compiled by a profile
(training.py). Together they take a seventh off the time of a page made from a template
(docs/internals/performance.md).
"""

import os
import shlex
import shutil
from pathlib import Path

from .base import RecipeError, fresh, jobs, output_of, run
from .libraries import EMULATION_LIBS
from .version import LIBRARY, NAME, SERIES

ARCHIVES = [
    LIBRARY,
    "Modules/_decimal/libmpdec/libmpdec.a",
    "Modules/expat/libexpat.a",
    "Modules/_hacl/libHacl_Hash_SHA2.a",
]
TARGETS = [*ARCHIVES, "Programs/python.o", "pybuilddir.txt"]
# By a profile, everything hot is put into the evaluation loop. It becomes slower, and so large that LLVM
# needs more than ten minutes to give its control flow the form of WebAssembly.
UNPROFILED = ["Python/ceval.o"]
# What LLVM is told of it, whether it compiles or links. A function with a buffer (of more bytes than these)
# must not become part of one that recursion goes through: CPython counts calls against its stack, not bytes.
# Hot is what makes 95 % of the counts: with LLVM's 99, the module is 5 to 14 % larger, and no faster.
LLVM = ["-inline-max-stacksize=256", "-profile-summary-cutoff-hot=950000"]
# What never ran while it was trained is compiled for size.
LLVM_COMPILES = [*LLVM, "-pgo-cold-func-opt=minsize"]
# Instructions of a function that other files may inline, and how many times as many if it is hot.
LLVM_LINKS = [*LLVM, "-import-instr-limit=10", "-import-hot-multiplier=50"]
# CPython's headers must be read with these, too, by whoever includes internal ones. Without its radix tree,
# pymalloc has pools of 4 KiB in place of 16: blocks of different sizes lie nearer to each other, so that a
# request, which has to be undone page by page, writes to fewer runs of pages.
ABI_FLAGS = ["-DWITH_PYMALLOC_RADIX_TREE=0"]
# As fast as -O3, and smaller.
OPTIMISE = "-O2"
# What the step `profile` leaves, where the toolchain can make one.
PROFILE = "python.profdata"
# What a build Python is asked to do here: freeze modules, make sysconfig data, compile the library.
PROBE = "import sys, zlib, sysconfig, py_compile; print(*sys.version_info[:2], sep='.')"


def build_python_choice():
    """Part of the key: another choice must not find the result of the first."""
    return os.environ.get("WASGI_BUILD_PYTHON", "")


def build_python_still_there(folder):
    return Path((folder / "path").read_text()).exists()


def build_python(build, folder):
    """Finds a Python of that series that runs on this machine, or builds one; leaves its path in `path`."""
    version = SERIES
    wanted = os.environ.get("WASGI_BUILD_PYTHON", "")
    if wanted and wanted != "source":
        if not works(wanted, version):
            raise RecipeError(f"WASGI_BUILD_PYTHON={wanted} is no working Python {version}.")
        found = wanted
    else:
        found = None if wanted == "source" else find_python(version)
    if not found:
        build.tell(f"no working Python {version} on this machine: building one (about 1 min)")
        found = from_source(build, folder, version)
    (folder / "path").write_text(str(found))
    build.tell(f"build Python: {found}")


def find_python(version):
    """A shim that exists is no Python that runs (pyenv): every candidate is tried."""
    names = [shutil.which(f"python{version}"), shutil.which("python3")]
    pyenv = Path("~/.pyenv/versions").expanduser()
    names += sorted(pyenv.glob(f"{version}*/bin/python{version}"), reverse=True)
    names += [Path(f"/usr/local/bin/python{version}"), Path(f"/usr/bin/python{version}")]
    return next((name for name in names if name and works(name, version)), None)


def works(python, version):
    return (output_of([python, "-I", "-c", PROBE]) or "").strip() == version


def from_source(build, folder, version):
    work = folder / "native"
    work.mkdir(exist_ok=True)
    source = build.folder("sources") / "python"
    run(
        [source / "configure", "--disable-test-modules", "--without-ensurepip", f"--prefix={folder}/prefix"],
        cwd=work,
        log=build.log,
        # It runs for seconds: being there soon counts more than being fast.
        env={"OPT": "-O1 -DNDEBUG -fwrapv"},
    )
    run(["make", f"-j{jobs()}", "install"], cwd=work, log=build.log)
    found = folder / f"prefix/bin/python{version}"
    if not works(found, version):
        raise RecipeError(
            f"The Python built from source lacks what the build needs (zlib?): {found}\n"
            "Install zlib's headers, or set WASGI_BUILD_PYTHON to a working Python " + version + "."
        )
    shutil.rmtree(work)
    return found


def build_python_path(build):
    return Path((build.folder("build-python") / "path").read_text())


def configure(build, folder):
    """CPython's configure, out of its source tree."""
    work = fresh(folder / "work")
    # Called by a relative path: CPython compiles the path of its sources in, and it should not tell
    # about the machine it was built on.
    source = Path(os.path.relpath(build.folder("sources") / "python", work))
    triple = (output_of([work / source / "config.guess"]) or "x86_64-pc-linux-gnu").strip()
    how = [
        "--host=wasm32-wasip1",
        f"--build={triple}",
        f"--with-build-python={build_python_path(build)}",
        # The guest sees the library below /lib.
        "--prefix=/",
        "--disable-test-modules",
        "--without-ensurepip",
        "--disable-shared",
        "--with-pymalloc",
        f"--with-openssl={build.folder('openssl')}",
        # Configure takes WebAssembly for a machine that must not read unaligned words, and would fall back to
        # FNV, whose secret can be learned from collisions.
        "--with-hash-algorithm=siphash13",
    ]
    run([source / "configure", *how], cwd=work, log=build.log, env=configure_environment(build, source))


def configure_environment(build, source):
    tools, libraries = build.toolchain(), build.folder("libraries")
    include, lib = f"-I{libraries}/include", f"-L{libraries}/lib"
    extra = {}
    for name, link in (
        ("ZLIB", "-lz"),
        ("BZIP2", "-lbz2"),
        ("LIBLZMA", "-llzma"),
        ("LIBSQLITE3", f"-lsqlite3 {' '.join(EMULATION_LIBS)}"),
    ):
        extra[f"{name}_CFLAGS"], extra[f"{name}_LIBS"] = include, f"{lib} {link}"
    return {
        **extra,
        "CC": shlex.join(tools["cc"]),
        "CPP": shlex.join([*tools["cc"], "-E"]),
        "AR": shlex.join(tools["ar"]),
        "RANLIB": shlex.join(tools["ranlib"]),
        "CONFIG_SITE": f"{source}/Tools/wasm/config.site-wasm32-wasi",
        "CFLAGS": shlex.join([f"-ffile-prefix-map={source}=/cpython", *ABI_FLAGS]),
        "OPT": f"{OPTIMISE} -Wall",
        # configure would take the machine's own tools for these, which know nothing of WebAssembly.
        "READELF": "true",
        "PKG_CONFIG": "false",
        # What a person set for their own Python would mislead the build Python.
        "PYTHONPATH": "",
        "PYTHONHOME": "",
    }


def python(build, folder):
    """libpython, with its helper libraries, and the headers; an interrupted make goes on."""
    work = working_copy(build, folder)
    flags = ["-flto=thin", *(word for option in LLVM_COMPILES for word in ("-mllvm", option))]
    profile = profile_flags(build)
    if profile:
        make(build, work, flags, UNPROFILED)
    make(build, work, [*flags, *profile])
    lib = fresh(folder / "lib")
    optimise(build, work, lib / LIBRARY)
    for archive in library_archives(build):
        shutil.copy(archive, lib)
    shutil.copy(work / "Programs/python.o", folder)
    include = folder / "include"
    shutil.rmtree(include, ignore_errors=True)
    shutil.copytree(build.folder("sources") / "python/Include", include / NAME)
    shutil.copy(work / "pyconfig.h", include / NAME)


def library_archives(build):
    """What CPython's modules call of others."""
    return [path for step in ("libraries", "openssl") for path in sorted(build.folder(step).glob("lib/*.a"))]


def working_copy(build, folder):
    """configure's folder, for one way to compile; as deep, so that relative paths lead to the sources."""
    work, part = folder / "work", folder / "work.part"
    if not work.exists():
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(build.folder("configure") / "work", part, symlinks=True)
        part.rename(work)
    return work


def make(build, work, flags, targets=TARGETS):
    # The interpreter tells a day: the release's instead of today's, so that the bytes stay the same.
    day = str(int((build.folder("sources") / "python/LICENSE").stat().st_mtime))
    env = {"PYTHONPATH": "", "PYTHONHOME": "", "SOURCE_DATE_EPOCH": day}
    how = [f"-j{jobs()}", f"CFLAGS_NODIST={shlex.join(flags)}"]
    run(["make", *how, *targets], cwd=work, log=build.log, env=env)


def profile_flags(build):
    if not build.profiled:
        return []
    profile = build.folder("profile") / PROFILE
    return [f"-fprofile-use={profile}"] if profile.exists() else []


def optimise(build, work, archive):
    """All archives as one relocatable object: optimised here, and not whenever a guest is linked.

    Paths are relative, as names of functions are made from them. Without -O: all it does when clang links is
    to let a wasm-opt loose on the result, where there is one on PATH, and that breaks a relocatable object.
    """
    tools = build.toolchain()
    product = archive.with_suffix(".o")
    how = ["-nostdlib", "-r", "-flto=thin", f"-Wl,--thinlto-jobs={jobs()}"]
    how += [f"-Wl,-mllvm,{option}" for option in LLVM_LINKS]
    whole = ["-Wl,--whole-archive", *ARCHIVES]
    run([*tools["cc"], *how, *whole, "-o", product], cwd=work, log=build.log)
    run([*tools["ar"], "rcsD", archive, product], cwd=work, log=build.log)
    product.unlink()
