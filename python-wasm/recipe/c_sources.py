"""What is compiled of a package in C or C++, and with which flags of its own."""

import re

from . import cxx
from .base import REPOSITORY, RecipeError


def parts(about):
    """The sections of a package's file that name sources."""
    how = about.get("c", {})
    every = (how, *how.get("also", []), *about.get("library", []))
    return [part for part in every if "sources" in part or "own-sources" in part]


def is_cxx(about):
    """Whether any of it is in C++."""
    return any(pattern.endswith(cxx.SUFFIXES) for part in parts(about) for pattern in part.get("sources", []))


def chosen(about, work):
    """Each source with its flags."""
    return [source for part in parts(about) for source in of_part(part, work)]


def of_part(part, work):
    flags = [*part.get("flags", []), *(f"-I{work / name}" for name in part.get("include", []))]
    flags += [f"-I{REPOSITORY / name}" for name in part.get("own-include", [])]
    left_out = part.get("leave-out", [])
    found = [path for pattern in part.get("sources", []) for path in matching(work, pattern)]
    found = [path for path in found if not any(path.match(pattern) for pattern in left_out)]
    found += [REPOSITORY / name for name in part.get("own-sources", [])]
    return [(path, flags) for path in found]


def matching(work, pattern):
    found = sorted(work.glob(pattern))
    if not found:
        raise RecipeError(f"the sources hold no {pattern}")
    return found


def write_headers(how, work):
    """What a `configure` of the package's or of its libraries would write."""
    for name, text in how.get("files", {}).items():
        (work / name).write_text(text)
    for name, values in how.get("templates", {}).items():
        (work / name).write_text(filled((work / f"{name}.in").read_text(), values))


def filled(template, values):
    """A template with each `@NAME@` as its value, or 0."""
    return re.sub(r"@(\w+)@", lambda word: values.get(word[1], "0"), template)
