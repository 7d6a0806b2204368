#!/usr/bin/env python3
"""Builds CPython for wasm32-wasip1 from pinned sources.

python3 python-wasm/build.py          everything that is not there yet
python3 python-wasm/build.py list     the steps, and which are done
python3 python-wasm/build.py STEP     one step and what it needs
python3 python-wasm/build.py path     the output folder
python3 python-wasm/build.py clean    forget results of older pins and recipes

With `--profiled` in front, CPython is compiled by the profile of a training, which takes minutes once.
Without, that is so where the cache has the profile already.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (whoever runs this may have an older one)
    sys.exit("python-wasm/build.py needs Python 3.11 or newer: run it with a newer python3.")

from recipe import machine
from recipe.base import RecipeError
from recipe.building import Build


def main(words):
    profiled = words[:1] == ["--profiled"] or None
    words = words[1:] if profiled else words
    verb = words[0] if words else "all"
    build = Build(profiled=profiled)
    if verb == "all" and not words[1:]:
        run(build, build.steps)
        print(build.output())
    elif verb == "list":
        list_steps(build)
    elif verb == "path":
        print_path(build)
    elif verb == "clean":
        build.clean()
    elif verb in build.steps:
        run(build, [verb])
        print(build.folder(verb) if verb != "package" else build.output())
    else:
        raise RecipeError(f"`{' '.join(words)}` is none of: list, path, clean, {', '.join(build.steps)}")


def run(build, names):
    if build.missing(names):
        machine.require()
    build.run(names)


def list_steps(build):
    for step in build.steps.values():
        print(f"{'done' if build.done(step.name) else '    '}  {step.name:<13} {step.about}")


def print_path(build):
    if not build.done("package"):
        raise RecipeError("The WASI Python is not built yet. Build it with: python3 python-wasm/build.py")
    print(build.output())


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except RecipeError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted; run the same command again to go on")
