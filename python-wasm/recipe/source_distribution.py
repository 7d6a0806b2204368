"""Source distributions from the Python package index."""

import os
from pathlib import Path
from unittest import mock

from .index import fetch_pinned

# pip asks each one's build backend for its name and version: the stand-in of this folder answers.
BACKENDS = Path(__file__).resolve().parent / "backends"


def fetch(build, part, into):
    """The source distribution of a part of a package, by its hash; nothing of it runs."""
    # This Python may be older than the guest's, which is what the package is for.
    how = ["--no-binary", ":all:", "--no-build-isolation", "--ignore-requires-python"]
    with mock.patch.dict(os.environ, {"PYTHONPATH": str(BACKENDS)}):
        return fetch_pinned(build, part["name"], part, into, how)
