"""Imports every module of the standard library in a request, and tells which cannot be imported and why."""

import os
import sys

_LIBRARY = os.path.dirname(os.__file__)
# Not of the library, one of them built in; data; programs, which run when they are imported; and what opens a
# browser.
_NOT_MODULES = ("site-packages", "markupsafe", "tzdata", "__main__", "antigravity")


def _in_files():
    for folder, _, files in os.walk(_LIBRARY):
        for file in files:
            path, extension = os.path.splitext(os.path.relpath(os.path.join(folder, file), _LIBRARY))
            if extension == ".pyc":
                yield path.replace("/", ".").removesuffix(".__init__")


def _names():
    names = {*_in_files(), *sys.builtin_module_names, *sys.stdlib_module_names}
    return sorted(name for name in names if not set(_NOT_MODULES).intersection(name.split(".")))


def _reason(name):
    try:
        __import__(name)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def app(environ, start_response):
    before = set(sys.modules)
    reasons = {name: _reason(name) for name in _names()}
    # Where an instance is used again, the next request finds it as this one did.
    for name in set(sys.modules) - before:
        del sys.modules[name]
    lines = [f"{len(reasons)} modules"]
    lines += [f"{name}: {reason}" for name, reason in reasons.items() if reason]
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return ["\n".join([*lines, ""]).encode()]
