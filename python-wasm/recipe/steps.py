"""The steps by name, and what each one needs.

A step's folder is named by the hash of everything it depends on: its pins, its code, the keys of the
steps before it. So a change re-runs what it touches and nothing else, and another clone finds the results.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from . import (
    accelerators,
    cpython,
    index,
    instrumented,
    libraries,
    openssl,
    output,
    smoke,
    sources,
    stdlib,
    toolchain,
    training,
    version,
)

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Step:
    name: str
    run: Callable
    about: str
    #: What it takes on two idle cores.
    seconds: int
    needs: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    extra: Callable[[], str] = str
    # A result may lean on something outside the cache that has gone since.
    still_there: Callable[[Path], bool] = Path.exists


STEPS = {
    step.name: step
    for step in [
        Step(
            "toolchain",
            toolchain.toolchain,
            "a clang for WebAssembly, and wasi-libc",
            20,
            pins=("clang", "wasi-libc"),
            files=("toolchain.py",),
            extra=toolchain.identity,
            still_there=toolchain.still_there,
        ),
        Step(
            "sources",
            sources.sources,
            "CPython's sources with Debian's security patches",
            7,
            pins=("python", "patches"),
            files=("sources.py",),
        ),
        Step(
            "crates",
            sources.crates,
            "the crates that carry C sources",
            2,
            pins=("crates", "build-crates"),
            files=("sources.py",),
        ),
        Step(
            "wheels",
            index.wheels,
            "the time zone database, and a package that has a part in C",
            2,
            pins=("wheels",),
            files=("index.py",),
        ),
        Step(
            "build-python",
            cpython.build_python,
            f"a native Python {version.SERIES} to build with",
            1,
            needs=("sources",),
            files=("cpython.py",),
            extra=cpython.build_python_choice,
            still_there=cpython.build_python_still_there,
        ),
        Step(
            "libraries",
            libraries.libraries,
            "zlib, bzip2, liblzma, SQLite",
            25,
            needs=("toolchain", "crates"),
            files=("libraries.py",),
        ),
        Step(
            "openssl",
            openssl.openssl,
            "OpenSSL's libcrypto and libssl",
            60,
            needs=("toolchain",),
            pins=("openssl", "openssl-patches"),
            files=("openssl.py", "sources.py", "../openssl/ssl_fd.c"),
        ),
        Step(
            "configure",
            cpython.configure,
            "CPython's configure for wasm32-wasip1",
            50,
            needs=("sources", "build-python", "libraries", "openssl"),
            files=("cpython.py",),
        ),
        Step(
            "instrumented",
            instrumented.instrumented,
            "CPython that counts what it does",
            60,
            needs=("configure",),
            files=("cpython.py", "instrumented.py", "stdlib.py", "../training/profile.c"),
        ),
        Step(
            "frameworks",
            training.frameworks,
            "Flask and Django, to train with",
            3,
            files=("training.py", *(f"../../{name}" for name in training.REQUIREMENTS)),
        ),
        Step(
            "profile",
            training.profile,
            "what CPython does most in web applications",
            300,
            needs=("instrumented", "frameworks"),
            files=(
                "training.py",
                "stdlib.py",
                "compile_tree.py",
                "runner.py",
                *(f"../training/{name}.py" for name in ("workload", "web", "library", "breadth", "rows")),
                "../smoke/src/main.rs",
            ),
        ),
        Step(
            "python",
            cpython.python,
            version.LIBRARY,
            60,
            needs=("configure", "profile"),
            files=("cpython.py",),
        ),
        Step(
            "stdlib",
            stdlib.stdlib,
            "the standard library as .pyc, with tzdata and sysconfig's data",
            5,
            needs=("python", "wheels"),
            files=("stdlib.py", "compile_tree.py"),
        ),
        Step(
            "accelerators",
            accelerators.accelerators,
            "MarkupSafe's part in C",
            1,
            needs=("python", "wheels"),
            files=("accelerators.py",),
        ),
        Step(
            "package",
            output.package,
            "everything in its place in the output folder",
            1,
            needs=("stdlib", "accelerators"),
            files=("output.py",),
        ),
        Step(
            "smoke",
            smoke.smoke,
            "every promised module imports and works under wasmtime",
            12,
            needs=("package",),
            files=("smoke.py", "runner.py", "probe.py", "../promised.txt", "../smoke/src/main.rs"),
        ),
    ]
}

#: Compiled as it is, without the minutes that counting and training take.
PLAIN = {
    name: replace(step, needs=tuple(need for need in step.needs if need != "profile"))
    for name, step in STEPS.items()
    if name not in ("instrumented", "frameworks", "profile")
}


def key_of(step, pins, keys):
    """Hash of all that decides on a step's result."""
    parts = {
        "pins": {name: pins[name] for name in step.pins},
        "needs": [keys[name] for name in step.needs],
        "files": [hashlib.sha256((HERE / name).read_bytes()).hexdigest() for name in step.files],
        "extra": step.extra(),
    }
    return hashlib.sha256(json.dumps([step.name, parts], sort_keys=True).encode()).hexdigest()[:16]


def in_order(names, steps=STEPS):
    """The named steps and everything they need, each after what it needs."""
    wanted, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        waiting += steps[name].needs
    return [name for name in steps if name in wanted]
