"""What the files of packages with native code say.

`packages/NAME.toml` says what a package is built from, and how. What several packages share is in a file of
its own, which theirs name (`uses`).
"""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from functools import cached_property, reduce
from pathlib import Path

from . import c_sources, longjmp
from .base import REPOSITORY, ROOM, RecipeError

PACKAGES = ROOM / "packages"


@dataclass(frozen=True)
class Package:
    """A package, as its file describes it."""

    name: str
    file: Path

    @cached_property
    def about(self):
        """What its file says, and the files that it uses."""
        return reduce(joined, (tomllib.loads(file.read_text()) for file in self.used()), self.own())

    def own(self):
        return tomllib.loads(self.file.read_text())

    def used(self):
        """The descriptions that it shares with other packages."""
        return [self.file.parent / name for name in self.own().get("uses", [])]

    def key(self, build):
        """Hash of all that decides on its side module."""
        steps = [build.keys[step] for step in ("toolchain", "configure", "libraries")]
        files = [self.file, *self.used(), *self.own_files(), *self.recipe()]
        parts = [*steps, *(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def recipe(self):
        """The files of this recipe that compile it."""
        how = self.about.get("c", {})
        names = ["descriptions", "native", "rust", "bindings", "imports", "c_sources"]
        names += ["cxx"] if has_cxx(self.about) else []
        names += ["meson", "isolated"] if "meson" in self.about else []
        names += ["cffi_source"] if "cffi" in how else []
        files = [Path(__file__).with_name(f"{name}.py") for name in names]
        return files + ([Path(longjmp.__file__), *longjmp.files()] if how.get("longjmp") else [])

    def own_files(self):
        """Files of this repository that its side module is compiled from, too."""
        parts = c_sources.parts(self.about)
        sources = [REPOSITORY / name for part in parts for name in part.get("own-sources", [])]
        folders = {REPOSITORY / name for part in parts for name in part.get("own-include", [])}
        return sources + sorted(file for folder in folders for file in folder.glob("*.h"))

    def folder(self, build):
        return build.home / "native" / f"{self.name}-{self.key(build)}"

    def is_built(self, build):
        return (self.folder(build) / "done.json").exists()

    def imports(self, build):
        """The names that the guest has to export for it."""
        return json.loads((self.folder(build) / "done.json").read_text())["imports"]

    def parts(self):
        """The pieces of software that it is compiled from, under the names of their folders."""
        return [{"name": self.name, **self.about["source"]}, *self.about.get("library", [])]

    def index(self):
        """What the host has to know of it."""
        about = self.about
        own, *libraries = self.parts()
        parts = [{**own, "name": about["distributions"][0]}, *libraries]
        return {
            "name": self.name,
            "distributions": about["distributions"],
            "serves": about["serves"],
            "modules": about["modules"],
            "draws": about.get("draws", "secrets"),
            "parts": [{key: part[key] for key in ("name", "version", "licence")} for part in parts],
        }


def packages(names=()):
    """The packages of these names, or all that there are, in the order of their names."""
    known = {file.stem: Package(file.stem, file) for file in sorted(PACKAGES.glob("*.toml"))}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise RecipeError(f"no such package: {', '.join(unknown)}. There are: {', '.join(known)}")
    return [known[name] for name in names or known]


def has_cxx(about):
    """Whether it may call the library of C++."""
    return "meson" in about or c_sources.is_cxx(about)


def joined(own, shared):
    """A description with what it shares: tables become one table, lists one list."""
    both = {**shared, **own}
    for name in own.keys() & shared.keys():
        one, other = own[name], shared[name]
        if isinstance(one, dict) and isinstance(other, dict):
            both[name] = joined(one, other)
        elif isinstance(one, list) and isinstance(other, list):
            both[name] = one + other
        else:
            raise RecipeError(f"a description and one that it uses both say what its `{name}` is.")
    return both
