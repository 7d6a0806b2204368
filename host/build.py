#!/usr/bin/env python3
"""Builds the `wasgi` command from whatever is there already: CPython for WASI, the guest, the host.

python3 host/build.py               target/release/wasgi, compiled plainly
python3 host/build.py --carrying    the same, with the interpreter's machine code in it
python3 host/build.py --release     target/dist/wasgi, CPython and host by their profiles: most of an hour

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
from recipe import descriptions, machine, native
from recipe.base import RecipeError, full_env
from recipe.building import Build
from recipe.progress import Progress

from guest import build as guest

REPOSITORY = Path(__file__).resolve().parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
CARGO = ["cargo", "build", "--locked"]


def main(words):
    match words:
        case []:
            plain(0)
        case ["--carrying"]:
            told = plain(2)
            cargo("--release", carried=machine_code(told), told=told)
        case ["--release"]:
            release()
        case _:
            raise RecipeError(f"unknown argument: {' '.join(words)}\n{__doc__}")


def plain(more, profiled=None):
    """Compiles the host's dependencies beside CPython, which is fetched and configured with idle cores.

    Gives what tells the progress; `more` is how many steps follow.
    """
    recipe, dependencies = Build(profiled=profiled), Dependencies()
    waiting, stale = recipe.missing(["package"]), guest.stale(recipe.output())
    there = (TARGET / "release" / "wasgi").exists() and not stale
    # Where cargo has some of them already, it knows best which others it lacks.
    new = dependencies.missing() and not (TARGET / "release").exists()
    told = Progress(new + len(waiting) + len(stale) + (not there) + more)
    if told.total:
        machine.require()
    with dependencies.compiled(told) if new else contextlib.nullcontext():
        recipe.run(["package"], told)
    dependencies.give(TARGET)
    guest.make(recipe.output(), told)
    cargo("--release", told=None if there else told)
    return told


def release():
    """The plain one comes first: the machine code is written by it."""
    machine.require()
    recipe = Build(profiled=True)
    # The guest takes those that are there.
    native.make(recipe, descriptions.packages())
    profile = Profile(recipe)
    told = plain(profile.steps() + 2, profiled=True)
    carried = machine_code(told)
    flags = profile.flags(told)
    cargo("--profile", "dist", rustflags=flags, carried=carried, told=told, seconds=840)


def machine_code(told):
    """The interpreter's, which all applications share: a program that carries it compiles nothing."""
    file = TARGET / "machine-code"
    command = [TARGET / "release" / "wasgi", "machine-code", REPOSITORY / "host/training/app.py", "-o", file]
    with told.step("machine code", "the interpreter's, to be carried", 60):
        if subprocess.call([str(word) for word in command], cwd=REPOSITORY):
            raise RecipeError("the plain wasgi could not write the machine code, and says why above.")
    return file


def cargo(*words, rustflags=(), carried=None, told=None, seconds=70):
    """Cargo tells by itself how far it is."""
    environment = {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join(rustflags)} if rustflags else {}
    if carried:
        environment["WASGI_MACHINE_CODE"] = str(carried)
    about = "the wasgi command, optimised across crates" if "dist" in words else "the wasgi command"
    with told.step("host", about, seconds) if told else contextlib.nullcontext():
        if subprocess.call([*CARGO, *words, "--package", "wasgi"], cwd=REPOSITORY, env=full_env(environment)):
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
