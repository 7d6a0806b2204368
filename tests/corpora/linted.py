"""Serves the applications of tests/apps in one of two strict wrappers, each a reading of PEP 3333 of its own.

/validate/<app>/… is behind wsgiref.validate, /lint/<app>/… behind WebTest's lint, /plain/<app>/… behind none.
Each line "linted: …" in the log is a warning of theirs; an AssertionError is what they find wrong.
"""

import importlib
import os
import sys
import warnings
from wsgiref.validate import validator

from webtest.lint import middleware

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "apps"))
_every = importlib.import_module("every").app


def _show(message, category, *rest):
    print("linted:", category.__name__, message)


warnings.simplefilter("always")
warnings.showwarning = _show
_WRAPPED = {"plain": _every, "validate": validator(_every), "lint": middleware(_every)}


def app(environ, start_response):
    wrapper, _, rest = environ["PATH_INFO"][1:].partition("/")
    environ["SCRIPT_NAME"], environ["PATH_INFO"] = "/" + wrapper, "/" + rest
    return _WRAPPED[wrapper](environ, start_response)
