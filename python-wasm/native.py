#!/usr/bin/env python3
"""Builds packages' native code for the guest, which `wasgi build` then joins to it.

python3 python-wasm/native.py            all packages of python-wasm/packages/
python3 python-wasm/native.py NAME...    these
python3 python-wasm/native.py list       what there is, and what it took
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (whoever runs this may have an older one)
    sys.exit("python-wasm/native.py needs Python 3.11 or newer: run it with a newer python3.")

import json

from recipe import descriptions, machine, native
from recipe.base import RecipeError
from recipe.building import Build


def main(words):
    build = Build()
    if words == ["list"]:
        for package in descriptions.packages():
            print(row(build, package))
        return
    chosen = descriptions.packages(words)
    if not all(package.is_built(build) for package in chosen):
        machine.require()
    native.make(build, chosen)


def row(build, package):
    source = package.about["source"]
    done = package.folder(build) / "done.json"
    took = json.loads(done.read_text()) if done.exists() else None
    taken = f"{took['seconds']:7.1f} s {took['size']:>12,} bytes" if took else "not built"
    return f"{package.name:<16} {source['version']:<12} {taken}"


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except RecipeError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted; run the same command again to go on")
