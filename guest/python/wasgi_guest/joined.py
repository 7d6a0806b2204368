"""Native modules that are joined to the interpreter: these are built in, and their packages expect files."""

from importlib.machinery import BuiltinImporter, ModuleSpec

from .layout import PACKAGES


class JoinedFinder:
    """A finder before the built-in modules' one: gives each of these modules the place of its wheel's file.

    The file is not there: what is wanted of `__file__` is a name to show, or the folder of the package.
    """

    def __init__(self, files: dict[str, str]):
        # Paths below site-packages, by the names of the modules.
        self._files = files

    def find_spec(self, name: str, path=None, target=None):
        file = self._files.get(name)
        if file is None:
            return None
        spec = ModuleSpec(name, BuiltinImporter, origin=PACKAGES + file)
        spec.has_location = True
        return spec
