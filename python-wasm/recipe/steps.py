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
from dataclasses import dataclass, replace
from pathlib import Path

from . import (
    accelerators,
    base,
    cpython,
    failures,
    index,
    instrumented,
    libraries,
    output,
    progress,
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
            "a native Python 3.13 to build with",
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
            "configure",
            cpython.configure,
            "CPython's configure for wasm32-wasip1",
            50,
            needs=("sources", "build-python", "libraries"),
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
            "libpython3.13.a",
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


class Build:
    """One run: where things are, what the keys are, what to tell.

    CPython is compiled by its profile where `profiled` says so; by default, where the cache has the profile.
    """

    def __init__(self, cache=None, profiled=None):
        self.profiled = True
        self.steps = STEPS
        self.cache = cache or base.cache_root()
        self.home = self.cache / "python-wasm"
        self.downloads = self.cache / "downloads"
        self.pins = tomllib.loads((base.ROOM / "pins.toml").read_text())
        self._name_steps()
        if not (self.done("profile") if profiled is None else profiled):
            self.profiled = False
            self.steps = PLAIN
            self._name_steps()
        self.log = None
        self.indent = ""

    def _name_steps(self):
        self.keys = {}
        for step in self.steps.values():
            self.keys[step.name] = key_of(step, self.pins, self.keys)

    def tell(self, message):
        print(f"{self.indent}{message}", flush=True)

    def folder(self, name):
        return self.home / "steps" / f"{name}-{self.keys[name]}"

    def output(self):
        return self.home / self.keys["package"]

    def done(self, name):
        folder = self.folder(name)
        if not (folder / "done.json").exists() or not self.steps[name].still_there(folder):
            return False
        return name != "package" or self.output().exists()

    def toolchain(self):
        return json.loads((self.folder("toolchain") / "toolchain.json").read_text())

    def missing(self, names):
        """The named steps and what they need, as far as they are not done."""
        return [name for name in in_order(names, self.steps) if not self.done(name)]

    def run(self, names, told=None):
        """Runs the named steps and what they need; finished ones cost a look. `told` numbers them."""
        missing = self.missing(names)
        if not missing:
            return
        told = told or progress.Progress(len(missing))
        with failures.explained(self.cache), base.exclusive(self.home / "lock", self.tell):
            self.downloads.mkdir(parents=True, exist_ok=True)
            for name in missing:
                if not self.done(name):
                    self._run_one(self.steps[name], told)

    def _run_one(self, step, told):
        folder = self.folder(step.name)
        folder.mkdir(parents=True, exist_ok=True)
        self.log, self.indent = folder / "log", "    "
        self.log.unlink(missing_ok=True)
        begin = time.monotonic()
        try:
            with told.step(step.name, step.about, step.seconds):
                step.run(self, folder)
        finally:
            self.indent = ""
        seconds = round(time.monotonic() - begin, 1)
        base.write_atomically(folder / "done.json", json.dumps({"seconds": seconds}) + "\n")

    def clean(self):
        """Removes what the current pins and recipe no longer name."""
        builds = [Build(self.cache, profiled) for profiled in (True, False)]
        kept = {build.folder(name) for build in builds for name in build.steps}
        kept |= {build.output() for build in builds}
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


def in_order(names, steps=STEPS):
    """The named steps and everything they need, each after what it needs."""
    wanted, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        waiting += steps[name].needs
    return [name for name in steps if name in wanted]
