"""The steps by name, what each one needs, and the running of them.

A step's folder is named by the hash of everything it depends on: its pins, its code, the keys of the
steps before it. So a change re-runs what it touches and nothing else, and another clone finds the results.
"""

import hashlib
import json
import shutil
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import (
    accelerators,
    base,
    cpython,
    index,
    instrumented,
    libraries,
    output,
    smoke,
    sources,
    stdlib,
    toolchain,
    training,
)

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Step:
    name: str
    run: Callable
    about: str
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
            pins=("clang", "wasi-libc"),
            files=("toolchain.py",),
            extra=toolchain.identity,
            still_there=toolchain.still_there,
        ),
        Step(
            "sources",
            sources.sources,
            "CPython's sources with Debian's security patches",
            pins=("python", "patches"),
            files=("sources.py",),
        ),
        Step(
            "crates",
            sources.crates,
            "the crates that carry C sources",
            pins=("crates", "build-crates"),
            files=("sources.py",),
        ),
        Step(
            "wheels",
            index.wheels,
            "the time zone database, and a package that has a part in C",
            pins=("wheels",),
            files=("index.py",),
        ),
        Step(
            "build-python",
            cpython.build_python,
            "a native Python 3.13 to build with",
            needs=("sources",),
            files=("cpython.py",),
            extra=cpython.build_python_choice,
            still_there=cpython.build_python_still_there,
        ),
        Step(
            "libraries",
            libraries.libraries,
            "zlib, bzip2, liblzma, SQLite",
            needs=("toolchain", "crates"),
            files=("libraries.py",),
        ),
        Step(
            "configure",
            cpython.configure,
            "CPython's configure for wasm32-wasip1",
            needs=("sources", "build-python", "libraries"),
            files=("cpython.py",),
        ),
        Step(
            "instrumented",
            instrumented.instrumented,
            "CPython that counts what it does",
            needs=("configure",),
            files=("cpython.py", "instrumented.py", "stdlib.py", "../training/profile.c"),
        ),
        Step(
            "frameworks",
            training.frameworks,
            "Flask and Django, to train with",
            files=("training.py", *(f"../../{name}" for name in training.REQUIREMENTS)),
        ),
        Step(
            "profile",
            training.profile,
            "what CPython does most in web applications",
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
            "libpython3.13.a, compiled by that profile",
            needs=("configure", "profile"),
            files=("cpython.py",),
        ),
        Step(
            "stdlib",
            stdlib.stdlib,
            "the standard library as .pyc, with tzdata and sysconfig's data",
            needs=("python", "wheels"),
            files=("stdlib.py", "compile_tree.py"),
        ),
        Step(
            "accelerators",
            accelerators.accelerators,
            "MarkupSafe's part in C",
            needs=("python", "wheels"),
            files=("accelerators.py",),
        ),
        Step(
            "package",
            output.package,
            "everything in its place in the output folder",
            needs=("stdlib", "accelerators"),
            files=("output.py",),
        ),
        Step(
            "smoke",
            smoke.smoke,
            "every promised module imports and works under wasmtime",
            needs=("package",),
            files=("smoke.py", "runner.py", "probe.py", "../promised.txt", "../smoke/src/main.rs"),
        ),
    ]
}


class Build:
    """One run: where things are, what the keys are, what to tell."""

    def __init__(self, cache=None):
        self.cache = cache or base.cache_root()
        self.home = self.cache / "python-wasm"
        self.downloads = self.cache / "downloads"
        self.pins = tomllib.loads((base.ROOM / "pins.toml").read_text())
        self.keys = {}
        for step in STEPS.values():
            self.keys[step.name] = key_of(step, self.pins, self.keys)
        self.log = None
        self.indent = ""

    def tell(self, message):
        print(f"{self.indent}{message}", flush=True)

    def folder(self, name):
        return self.home / "steps" / f"{name}-{self.keys[name]}"

    def output(self):
        return self.home / self.keys["package"]

    def done(self, name):
        folder = self.folder(name)
        if not (folder / "done.json").exists() or not STEPS[name].still_there(folder):
            return False
        return name != "package" or self.output().exists()

    def toolchain(self):
        return json.loads((self.folder("toolchain") / "toolchain.json").read_text())

    def run(self, names):
        """Runs the named steps and what they need; finished ones cost a look."""
        missing = [name for name in in_order(names) if not self.done(name)]
        if not missing:
            return
        self.downloads.mkdir(parents=True, exist_ok=True)
        with base.exclusive(self.home / "lock", self.tell):
            for name in missing:
                if not self.done(name):
                    self._run_one(STEPS[name])

    def _run_one(self, step):
        folder = self.folder(step.name)
        folder.mkdir(parents=True, exist_ok=True)
        self.log, self.indent = folder / "log", "    "
        self.log.unlink(missing_ok=True)
        print(f"{step.name}: {step.about}", flush=True)
        begin = time.monotonic()
        step.run(self, folder)
        seconds = round(time.monotonic() - begin, 1)
        base.write_atomically(folder / "done.json", json.dumps({"seconds": seconds}) + "\n")
        self.tell(f"{seconds} s")
        self.indent = ""

    def clean(self):
        """Removes what the current pins and recipe no longer name."""
        kept = {self.folder(name) for name in STEPS} | {self.output()}
        with base.exclusive(self.home / "lock", self.tell):
            for folder in [*self.home.glob("steps/*"), *self.home.glob("*")]:
                if folder.is_dir() and folder.name != "steps" and folder not in kept:
                    self.tell(f"removing {folder}")
                    shutil.rmtree(folder)


def key_of(step, pins, keys):
    """Hash of all that decides on a step's result."""
    parts = {
        "pins": {name: pins[name] for name in step.pins},
        "needs": [keys[name] for name in step.needs],
        "files": [hashlib.sha256((HERE / name).read_bytes()).hexdigest() for name in step.files],
        "extra": step.extra(),
    }
    return hashlib.sha256(json.dumps([step.name, parts], sort_keys=True).encode()).hexdigest()[:16]


def in_order(names):
    """The named steps and everything they need, each after what it needs."""
    wanted, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        waiting += STEPS[name].needs
    return [name for name in STEPS if name in wanted]
