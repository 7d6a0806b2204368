"""Python's own random generators: whose draws at import are told, and which begin anew in every request."""

import gc
import sys
from functools import partial

from . import inert


def is_standard(module) -> bool:
    """Whether it is the standard library's: an application may have a module by the name of `random`."""
    names = inert.names(module)
    return all(inert.is_plain_class(inert.entry(names, name)) for name in ("Random", "SystemRandom"))


def living(seeded: dict[int, object]) -> list:
    """Gives all generators that must differ from instance to instance.

    `random.Random(42)`, one of those in `seeded`, is not among them: whoever chose the seed asked for one and
    the same sequence. The shared generator behind random.random() is, whoever seeded it: others draw from it.
    """
    # In C, and so what it was, whatever an application has put into `random`.
    base = inert.entry(inert.names(sys.modules.get("_random")), "Random")
    if not inert.is_plain_class(base):
        return []
    shared = inert.entry(inert.names(sys.modules.get("random")), "_inst")
    found = [value for value in gc.get_objects() if issubclass(type(value), base)]
    return [value for value in found if _has_state(value) and (value is shared or id(value) not in seeded)]


def _has_state(value) -> bool:
    """Whether it is a random.Random, and not a SystemRandom, which has no state."""
    kinds = [inert.label(kind) for kind in inert.mro(type(value))]
    return "random.Random" in kinds and "random.SystemRandom" not in kinds


class Overrides:
    """Python functions in the place of the methods of `random.Random`, for as long as an import is watched.

    Its draws come from its own memory, so nothing below libc could hear of them.
    """

    def __init__(self, heard):
        # Called when numbers are drawn from a generator that was not seeded with a value.
        self._heard = heard
        # By id, those that were seeded with a value: kept alive, or an id could come twice.
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
        """Overrides a function of the module: that is a method of its shared generator, bound long ago."""
        generator, original = inert.entry(self._module, "_inst"), inert.entry(self._module, name)
        # Not a function, which a class that has it would bind to its instances.
        bound = partial(function, generator)
        self._names[name] = (bound, original)
        dict.__setitem__(self._module, name, bound)

    def remove(self) -> None:
        """Puts everything back, also where an application has a function by a name of its own."""
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
    """A class keeps what was found in its namespace in mind, without a reference of its own."""
    for owner in gc.get_referrers(namespace):
        if inert.is_a(owner, type) and inert.inherited(type(owner), name) is None:
            type.__setattr__(owner, name, new)
