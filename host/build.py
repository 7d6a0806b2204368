#!/usr/bin/env python3
"""Builds the `wasgi` command from whatever is there already: CPython for WASI, the guest, the host.

python3 host/build.py              target/release/wasgi, compiled plainly
python3 host/build.py --release    target/dist/wasgi, CPython and host by their profiles: most of an hour once

A profile of CPython that the cache has already is used by the first one, too.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (whoever runs this may have an older one)
    sys.exit("host/build.py needs Python 3.11 or newer: run it with a newer python3.")

import contextlib
import os
import subprocess
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python-wasm"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent / "training"))

from dependencies import Dependencies
from profiles import Profile
from recipe import machine
from recipe.base import RecipeError, full_env
from recipe.progress import Progress
from recipe.steps import Build

from guest import build as guest

REPOSITORY = Path(__file__).resolve().parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
CARGO = ["cargo", "build", "--locked"]


def main(words):
    if words not in ([], ["--release"]):
        raise RecipeError(f"unknown argument: {' '.join(words)}\n{__doc__}")
    if words:
        release()
    else:
        plain()


def plain():
    """Compiles the host's dependencies beside CPython, which is fetched and configured with idle cores."""
    recipe, dependencies = Build(), Dependencies()
    waiting, stale = recipe.missing(["package"]), guest.stale(recipe.output())
    there = (TARGET / "release" / "wasgi").exists() and not stale
    # Where cargo has some of them already, it knows best which others it lacks.
    new = dependencies.missing() and not (TARGET / "release").exists()
    told = Progress(new + len(waiting) + len(stale) + (not there))
    if told.total:
        machine.require()
    with dependencies.compiled(told) if new else contextlib.nullcontext():
        recipe.run(["package"], told)
    dependencies.give(TARGET)
    guest.make(recipe.output(), told)
    with contextlib.nullcontext() if there else told.step("host", "the wasgi command", 70):
        cargo("--release")


def release():
    recipe = Build(profiled=True)
    profile = Profile(recipe)
    waiting, stale = recipe.missing(["package"]), guest.stale(recipe.output())
    told = Progress(len(waiting) + len(stale) + profile.steps() + 1)
    machine.require()
    recipe.run(["package"], told)
    guest.make(recipe.output(), told)
    flags = profile.flags(told)
    with told.step("host", "the wasgi command, optimised across crates", 840):
        cargo("--profile", "dist", rustflags=flags)


def cargo(*words, rustflags=()):
    """Cargo tells by itself how far it is."""
    flags = {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join(rustflags)} if rustflags else {}
    if subprocess.call([*CARGO, *words, "--package", "wasgi"], cwd=REPOSITORY, env=full_env(flags)):
        raise RecipeError("cargo failed, and says why above.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except RecipeError as error:
        sys.exit(f"error: {error}")
    except FileNotFoundError as error:
        sys.exit(f"error: `{error.filename}` is not there. Install Rust with rustup.")
    except KeyboardInterrupt:
        sys.exit("interrupted; run the same command again to go on")
