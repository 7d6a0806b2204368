"""The running of the steps."""

import json
import shutil
import time
import tomllib

from . import base, descriptions, failures
from .progress import Progress
from .steps import PLAIN, STEPS, in_order, key_of


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
        told = told or Progress(len(missing))
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
        kept |= {package.folder(self) for package in descriptions.packages()} | {self.home / "native/rust"}
        with base.exclusive(self.home / "lock", self.tell):
            for folder in [*self.home.glob("steps/*"), *self.home.glob("native/*"), *self.home.glob("*")]:
                if folder.is_dir() and folder.name not in ("steps", "native") and folder not in kept:
                    self.tell(f"removing {folder}")
                    shutil.rmtree(folder)
