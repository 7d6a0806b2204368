"""Serves every app beside it at /<its name>, so that one build serves most tests.

They cannot disturb each other: each request has a sandbox of its own.
"""

import importlib
import os

_FOLDER, _THIS = os.path.split(__file__)
_APPS = {
    name.removesuffix(".py"): importlib.import_module(name.removesuffix(".py")).app
    for name in sorted(os.listdir(_FOLDER))
    if name.endswith(".py") and name != _THIS
}


def app(environ, start_response):
    name = environ["PATH_INFO"].split("/")[1]
    if name not in _APPS:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [f"there is no app named {name!r}".encode()]
    return _APPS[name](environ, start_response)
