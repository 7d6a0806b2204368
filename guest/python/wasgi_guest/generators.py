"""Python's own random generators: finds those to reseed in every request, and reports draws at import."""

import gc
import sys
from functools import partial

from . import inert


def is_standard(module) -> bool:
    """Whether `module` is the standard library's: an application may have a module named `random`."""
    names = inert.names(module)
    return all(inert.is_plain_class(inert.entry(names, name)) for name in ("Random", "SystemRandom"))


def living(seeded: dict[int, object]) -> list:
    """Returns all generators that must differ from instance to instance.

    A generator in `seeded`, such as `random.Random(42)`, is not among them: a chosen seed means one fixed
    sequence. The shared generator behind random.random() is, even when seeded: other code draws from it, too.
    """
    # The base class in C: an application may have replaced classes of `random`.
    base = inert.entry(inert.names(sys.modules.get("_random")), "Random")
    if not inert.is_plain_class(base):
        return []
    shared = inert.entry(inert.names(sys.modules.get("random")), "_inst")
    found = [value for value in gc.get_objects() if issubclass(type(value), base)]
    return [value for value in found if _has_state(value) and (value is shared or id(value) not in seeded)]


def _has_state(value) -> bool:
    """Whether `value` is a random.Random. A SystemRandom has no state."""
    kinds = [inert.label(kind) for kind in inert.mro(type(value))]
    return "random.Random" in kinds and "random.SystemRandom" not in kinds


class Overrides:
    """Overrides methods of `random.Random` by Python functions while an import is watched.

    Its generators draw from their own memory, so the hooks below libc cannot see these draws.
    """

    def __init__(self, heard):
        # Called at each draw from a generator that was not seeded with a value.
        self._heard = heard
        # Generators seeded with a value, by id. Kept alive, because the id of a freed object can recur.
        self.seeded: dict[int, object] = {}
        self._module = self._kind = self._seed = None
        self._names = {}

    def install(self, module) -> None:
        """Overrides the methods; `module` is `random`."""
        if not is_standard(module):
            return
        self._module = inert.names(module)
        self._kind = kind = inert.entry(self._module, "Random")
        base = kind.__mro__[1]
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
        """Overrides a function of the module, which is a bound method of the shared generator."""
        generator, original = inert.entry(self._module, "_inst"), inert.entry(self._module, name)
        # A partial, because a class with a function as its attribute would bind it to its instances.
        bound = partial(function, generator)
        self._names[name] = (bound, original)
        dict.__setitem__(self._module, name, bound)

    def remove(self) -> None:
        """Restores everything, also where an application has stored a function under another name."""
        if self._module is None:
            return
        kind = self._kind
        del kind.random, kind.getrandbits
        kind.seed = self._seed
        for bound, original in self._names.values():
            for namespace in gc.get_referrers(bound):
                if inert.is_a(namespace, dict):
                    _replace(namespace, bound, original)
        self._module = self._kind = self._seed = None
        self._names.clear()


def _replace(namespace: dict, old, new) -> None:
    for name in [name for name, value in inert.entries(namespace) if value is old]:
        dict.__setitem__(namespace, name, new)
        if inert.entry(namespace, "__module__") is not None:
            _tell_class(namespace, name, new)


def _tell_class(namespace: dict, name: str, new) -> None:
    """Sets the attribute of the class, too: that invalidates its cache, which holds no reference."""
    for owner in gc.get_referrers(namespace):
        if inert.is_a(owner, type) and inert.inherited(type(owner), name) is None:
            type.__setattr__(owner, name, new)
