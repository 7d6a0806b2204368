"""The step `wheels`: what comes from the Python package index, unpacked, each in a folder of its name."""

import sys
import zipfile
from functools import partial

from . import version
from .base import RecipeError, fresh, output_of, pinned_file, run
from .failures import fetching

# The same files wherever this runs: what of them is native code stays unused.
ANY_MACHINE = [
    *("--platform", "manylinux2014_x86_64", "--python-version", version.SERIES),
    *("--implementation", "cp", "--abi", f"cp{version.COMPACT}"),
]


def wheels(build, folder):
    for name, pin in build.pins["wheels"].items():
        with zipfile.ZipFile(pinned_file(build.downloads, pin, partial(fetch, build, name, pin))) as wheel:
            wheel.extractall(fresh(folder / name))


def fetch(build, name, pin, into):
    return fetch_pinned(build, name, pin, into, ["--only-binary", ":all:", *ANY_MACHINE])


def fetch_pinned(build, name, pin, into, how):
    """A file of the package index, by its hash; `how` says which kind of file."""
    wanted = into / "wanted.txt"
    wanted.write_text(f"{name}=={pin['version']} --hash=sha256:{pin['sha256']}\n")
    pip = [sys.executable, "-m", "pip"]
    if not output_of([*pip, "--version"]):
        raise RecipeError(f"{sys.executable} has no pip, which fetches {name}. Install python3-pip.")
    how = ["--no-deps", "--require-hashes", *how, "--dest", into]
    with fetching(f"{name} {pin['version']} from the Python package index"):
        run([*pip, "download", *how, "--requirement", wanted], cwd=into, log=build.log)
    return into / pin["file"]
