"""Python's own random generators: whose draws at import are told, and which begin anew in every request."""

import gc
import sys


def is_standard(module) -> bool:
    """Whether it is the standard library's: an application may have a module by the name of `random`."""
    return hasattr(module, "SystemRandom")


def living(seeded: dict[int, object]) -> list:
    """Gives all generators that must differ from instance to instance.

    `random.Random(42)`, one of those in `seeded`, is not among them: whoever chose the seed asked for one and
    the same sequence. The shared generator behind random.random() is, whoever seeded it: others draw from it.
    """
    module = sys.modules.get("random")
    if not is_standard(module):
        return []
    found = (value for value in gc.get_objects() if isinstance(value, module.Random))
    # A SystemRandom has no state.
    renewable = [value for value in found if not isinstance(value, module.SystemRandom)]
    return [value for value in renewable if value is module._inst or id(value) not in seeded]


class Overrides:
    """Python functions in the place of the methods of `random.Random`, for as long as an import is watched.

    Its draws come from its own memory, so nothing below libc could hear of them.
    """

    def __init__(self, heard):
        # Called when numbers are drawn from a generator that was not seeded with a value.
        self._heard = heard
        # By id, those that were seeded with a value: kept alive, or an id could come twice.
        self.seeded: dict[int, object] = {}
        self._module = self._seed = None
        self._names = {}

    def install(self, module) -> None:
        """Overrides the methods; `module` is `random`."""
        if not is_standard(module):
            return
        self._module = module
        kind, base = module.Random, module.Random.__mro__[1]
        self._seed = original_seed = kind.seed
        seeded, heard = self.seeded, self._heard

        def random(self):
            if id(self) not in seeded:
                heard()
            return base.random(self)

        def getrandbits(self, k, /):
            if id(self) not in seeded:
                heard()
            return base.getrandbits(self, k)

        def seed(self, a=None, version=2):
            original_seed(self, a, version)
            if a is None:
                seeded.pop(id(self), None)
            else:
                seeded[id(self)] = self

        kind.random, kind.getrandbits, kind.seed = random, getrandbits, seed
        self._bind("random", random)
        self._bind("getrandbits", getrandbits)
        self._bind("seed", seed)

    def _bind(self, name: str, function) -> None:
        """Overrides a function of the module: that is a method of its shared generator, bound long ago."""
        generator, original = self._module._inst, getattr(self._module, name)

        def bound(*args, **kwargs):
            return function(generator, *args, **kwargs)

        self._names[name] = (bound, original)
        setattr(self._module, name, bound)

    def remove(self) -> None:
        """Puts everything back, also where an application has a function by a name of its own."""
        if self._module is None:
            return
        kind = self._module.Random
        del kind.random, kind.getrandbits
        kind.seed = self._seed
        for bound, original in self._names.values():
            for namespace in gc.get_referrers(bound):
                if isinstance(namespace, dict):
                    _replace(namespace, bound, original)
        self._module = self._seed = None
        self._names.clear()


def _replace(namespace: dict, old, new) -> None:
    for name in [name for name, value in namespace.items() if value is old]:
        namespace[name] = new
