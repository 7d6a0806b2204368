"""Refuses native extension modules, which cannot load inside WebAssembly, with an error that names a cure."""

import sys

from . import inert

# Cures by top-level package. Short on purpose: only the most frequent ones.
_FALLS_BACK = "the package works without it, only slower"
_AS_A_SERVICE = "keep such work in a service of its own and call that from the application"
_INSTEAD = {
    "MySQLdb": "use PyMySQL, which is pure Python",
    "PIL": _AS_A_SERVICE,
    "_cffi_backend": "look for a pure-Python alternative to the package that needs cffi",
    "asyncpg": "use pg8000, which is pure Python",
    "bcrypt": "use hashlib.scrypt of the standard library",
    "cryptography": "use hashlib and hmac of the standard library, or " + _AS_A_SERVICE,
    "gevent": "leave it out: every request has an instance of its own, so there is nothing to switch to",
    "greenlet": "use SQLAlchemy without its asyncio: WebAssembly has no stacks that greenlet could switch",
    "lxml": "use xml.etree.ElementTree of the standard library",
    "msgpack": "set MSGPACK_PUREPYTHON=1, or take its pure-Python fallback",
    "numpy": _AS_A_SERVICE,
    "orjson": "use json of the standard library",
    "pandas": _AS_A_SERVICE,
    "psycopg2": "use pg8000, which is pure Python",
    "psycopg_binary": "use pg8000, which is pure Python",
    "psycopg_c": "use pg8000, which is pure Python",
    "pydantic_core": "use pydantic 1 without its compiled modules, or dataclasses",
    "rapidjson": "use json of the standard library",
    "scipy": _AS_A_SERVICE,
    "simplejson": _FALLS_BACK,
    "sqlalchemy": _FALLS_BACK,
    "ujson": "use json of the standard library",
    "wrapt": _FALLS_BACK,
    "yaml": _FALLS_BACK,
}
_OTHERWISE = "look for a release of it in pure Python, or for an alternative"


# The base class's descriptors: a subclass may define other attributes by these names.
_name = ImportError.name.__get__
# Python 3.12 has it.
_name_from = getattr(ImportError, "name_from", ImportError.msg).__get__


class NativeModuleError(ModuleNotFoundError):
    """The imported module exists as native machine code only."""

    __module__ = "wasgi"


class NativeFinder:
    """The last finder on sys.meta_path: refuses native modules that no other finder has.

    It raises an ImportError, so that `try: import x._speedups` with a fallback keeps working.
    """

    def __init__(self, modules: list[dict], left_out: list[str] = ()):
        self._modules = {module["module"]: module for module in modules}
        #: Folders of installed packages that the build did not pack, as nothing seemed to import them.
        self.left_out = left_out
        # Names refused so far: a package may catch the error and fail later with an uninformative one.
        self.refused = []

    def find_spec(self, name: str, path=None, target=None):
        module = self._modules.get(name)
        if module is not None and not _only_asked():
            if name not in self.refused:
                self.refused.append(name)
            raise NativeModuleError(self.explain(name), name=name)

    def cause(self, error: BaseException) -> str | None:
        """Explains an import's error if a native module is its cause; None for all others.

        `from package import module` reports a module that is not found as a name that the package lacks.
        """
        if inert.is_a(error, NativeModuleError):
            return str(error)
        if not inert.is_a(error, ImportError):
            return None
        name = f"{_name(error)}.{_name_from(error)}"
        return self.explain(name) if name in self._modules else None

    def reasons(self) -> list[str]:
        """Explains each module refused so far."""
        return [self.explain(name) for name in self.refused]

    def explain(self, name: str) -> str:
        """Explains what the module is, why it cannot load, and what to use instead."""
        module = self._modules[name]
        if served := module.get("served"):
            return (
                f"{name} is native machine code ({module['file']} of {module['distribution']}), made for "
                f"another machine. wasgi has it for the sandbox in other versions: "
                f"install {' or '.join(served)}."
            )
        instead = _INSTEAD.get(name.partition(".")[0], _OTHERWISE)
        return (
            f"{name} is native machine code ({module['file']} of {module['distribution']}), made for another "
            f"machine, and cannot be loaded inside WebAssembly. Instead: {instead}."
        )


def _only_asked() -> bool:
    # importlib.util.find_spec('orjson') only checks for a module and must return None, not raise.
    # Frames: 0 is this function, 1 find_spec above, 2 importlib's loop over the finders, 3 its caller.
    return dict.get(sys._getframe(3).f_globals, "__name__") == "importlib.util"
