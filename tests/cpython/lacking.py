"""Stands in for what modules of CPython's tests import and only some of their tests need.

These are extensions that CPython builds for its own tests, which no interpreter in production has. Without
them a whole module skips itself; with these in their place, a test is skipped when it uses one.
"""

import importlib
import sys
import types
import unittest

EXTENSIONS = ["_testcapi", "_testinternalcapi", "_testlimitedcapi", "_testmultiphase", "_testsinglephase"]
#: Test modules that import them.
USERS = {
    "test.test_bytes",
    "test.test_class",
    "test.test_code",
    "test.test_compile",
    "test.test_compiler_assemble",
    "test.test_compiler_codegen",
    "test.test_dis",
    "test.test_import",
    "test.test_marshal",
    "test.test_monitoring",
    "test.test_pkgutil",
}


class Extension(types.ModuleType):
    """Has every name. Whatever uses one is skipped."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"requires {self.__name__}")


class Missing:
    def __init__(self, reason):
        self._reason = reason

    def __call__(self, *args, **kwargs):
        raise unittest.SkipTest(self._reason)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    __index__ = __add__ = __sub__ = __neg__ = __call__


def prepare(name):
    """Called before a test module is imported."""
    from test import support

    if name == "test.test_tarfile":
        # It asks for the user 0, whom a sandbox does not know, unless no users are known at all.
        importlib.import_module("tarfile")
        sys.modules["pwd"] = None
    if name in USERS:
        sys.modules |= {extension: Extension(extension) for extension in EXTENSIONS}
    # It would skip whoever imports it: its tests of translations ask for subprocesses.
    support.has_subprocess_support = True
    importlib.import_module("test.support.i18n_helper")
    support.has_subprocess_support = False
