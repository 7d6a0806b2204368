"""Packages' own tests, as far as they are in the source distributions that the packages are built from."""

import glob
import shutil
import sys
import tomllib
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "python-wasm"))

from recipe import descriptions, native
from recipe.base import RecipeError, fresh, pinned_file
from recipe.building import Build

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Suite:
    """A package's tests, as `suites.toml` describes them."""

    name: str
    #: Patterns of the modules that pytest runs, and of what else they need, in the source distribution.
    modules: list[str]
    files: list[str] = field(default_factory=list)
    #: pytest's.
    options: list[str] = field(default_factory=list)
    #: Other packages with tests that it imports.
    needs: list[str] = field(default_factory=list)
    #: Its tests make symbolic links in the folder of temporary files, which a sandbox's /tmp does not have.
    links: bool = False
    #: Its tests write into the current folder, so that is a temporary one.
    writes: bool = False
    #: Variables by which its tests find a server of PostgreSQL, of which there are `port` and `password`.
    database: dict[str, str] = field(default_factory=dict)
    #: Extension modules that it compiles for its tests alone.
    lacking: list[str] = field(default_factory=list)
    #: Where it is not one of the packages of python-wasm/packages.
    source: dict[str, str] = field(default_factory=dict)

    @property
    def pinned(self) -> dict[str, str]:
        return self.source or descriptions.packages([self.name])[0].about["source"]

    def unpack(self, build: Build, into: Path) -> list[str]:
        """Leaves modules and files in a folder, and returns the modules.

        The package itself stays behind: the one that is installed is what is tested.
        """
        part = {"name": self.name, **self.pinned}
        archive = pinned_file(build.downloads, part, partial(native.fetch, build, part))
        whole = into.with_name(f"{self.name}.whole")
        native.unpack_into(archive, whole)
        fresh(into)
        modules = [name for pattern in self.modules for name in found(whole, pattern)]
        for name in [*modules, *(name for pattern in self.files for name in found(whole, pattern))]:
            copy(whole / name, into / name)
        shutil.rmtree(whole)
        return modules


def found(folder: Path, pattern: str) -> list[str]:
    names = sorted(glob.glob(pattern, root_dir=folder, recursive=True))
    if not names:
        raise RecipeError(f"the source distribution holds no {pattern}")
    return names


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def suites(names: list[str]) -> list[Suite]:
    """Those of these names, or all, in the order of their names."""
    known = tomllib.loads((HERE / "suites.toml").read_text())
    unknown = [name for name in names if name not in known]
    if unknown:
        raise RecipeError(f"no such package: {', '.join(unknown)}. There are: {', '.join(sorted(known))}")
    return [Suite(name, **known[name]) for name in sorted(names or known)]
