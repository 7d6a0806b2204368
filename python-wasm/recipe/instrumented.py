"""The step `instrumented`: a CPython that counts what it does.

Clang puts counters into it (-fprofile-generate); training.py lets it work, and the counts tell the compiler
which branches and inlinings are worth it (-fprofile-use). For WebAssembly, Debian has no profiling runtime:
the crate minicov carries LLVM's, free of libc.
"""

import shutil

from .base import ROOM, fresh, run
from .cpython import ARCHIVES, library_archives, make, working_copy
from .libraries import EMULATION_LIBS
from .stdlib import copy_sysconfig_data

TRAINING = ROOM / "training"
# The parts of LLVM's runtime that count and write; the rest is for other platforms and for files.
RUNTIME = ("", "Buffer", "Internal", "Merge", "PlatformOther", "Value", "VersionVar", "Writer")
STACK = ["-Wl,-z,stack-size=8388608", "-Wl,--stack-first"]


def instrumented(build, folder):
    """A command `python.wasm` that tells its counts on stdout when it ends; beside it, sysconfig's data."""
    if not build.toolchain()["profdata"]:
        build.tell("this toolchain has no llvm-profdata: CPython is compiled without a profile")
        return
    work = working_copy(build, folder)
    make(build, work, ["-fprofile-generate"])
    product = folder / "python.wasm"
    inputs = ["Programs/python.o", *runtime(build, folder), *ARCHIVES, *library_archives(build)]
    system = ["-ldl", *EMULATION_LIBS, "-lm"]
    run([*build.toolchain()["cc"], *STACK, *inputs, *system, "-o", product], cwd=work, log=build.log)
    copy_sysconfig_data(build, work, folder)
    shutil.rmtree(work)


def runtime(build, folder):
    objects, sources = fresh(folder / "runtime"), build.folder("crates") / "minicov/c"
    made = []
    for source in [*(sources / f"InstrProfiling{part}.c" for part in RUNTIME), TRAINING / "profile.c"]:
        made.append(objects / f"{source.stem}.o")
        # One thread: atomic operations are what is simplest here.
        how = ["-O2", "-w", "-DCOMPILER_RT_HAS_ATOMICS=1", f"-I{sources}"]
        run([*build.toolchain()["cc"], *how, "-c", source, "-o", made[-1]], cwd=folder, log=build.log)
    return made
