"""Import hooks: run a function on a module right after its import, whenever that happens."""

import sys


class AfterImport:
    """A finder in front of all others, for as long as it is installed."""

    def __init__(self, actions: dict):
        # Functions that take a module, by its name.
        self._actions = actions

    def install(self) -> None:
        """Runs the functions of modules that are imported already at once."""
        for name in [name for name in self._actions if name in sys.modules]:
            self._actions.pop(name)(sys.modules[name])
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Restores imports."""
        take_out(self)

    def find_spec(self, name, path=None, target=None):
        """Returns the other finders' spec, with a loader that runs the function once."""
        if name not in self._actions:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not self else None
            if spec is not None:
                spec.loader = _Loader(spec.loader, self._actions.pop(name))
                if not self._actions:
                    self.remove()
                return spec
        return None


def take_out(finder) -> None:
    """Takes a finder out of the path; list.remove() would call the `__eq__` of the application's finders."""
    for number in [number for number, each in enumerate(sys.meta_path) if each is finder]:
        del sys.meta_path[number]


class _Loader:
    def __init__(self, loader, action):
        self._loader = loader
        self._action = action

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        # The module must not show this loader.
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._action(module)
