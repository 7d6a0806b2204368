"""Renews, as the first step in a fresh instance, the state that the snapshot would otherwise repeat.

State that its module makes anew on demand costs a request nothing: `forget` drops it before the snapshot.
docs/reference/snapshot.md has the whole table.
"""

import os
import sys

from . import inert
from .variables import grant

# State that modules make anew on demand.
_FORGOTTEN = {"tempfile": ("_name_sequence",), "uuid": ("_node", "_last_timestamp")}

# Bytes of entropy for each generator. CPython's own seeding takes 2496 bytes in ten hostcalls.
_SEED_SIZE = 32

# Random generators to reseed in every request.
_generators: list = []
# The same of numpy's: one object for all of them, or none.
_of_numpy: list = []


def forget() -> None:
    """Called before the snapshot is taken."""
    for name, attributes in _FORGOTTEN.items():
        names = inert.names(sys.modules.get(name))
        for attribute in attributes:
            if inert.is_a(names, dict) and inert.entry(names, attribute) is not None:
                dict.__setitem__(names, attribute, None)


def renew_in_requests(generators: list, of_numpy=None) -> None:
    """Called before the snapshot is taken, with the random.Random objects that each request reseeds, and
    those of numpy (numpy_generators.py)."""
    _of_numpy[:] = [of_numpy] if of_numpy else []
    _generators[:] = generators
    for generator in generators:
        # The kept second number of a pair that gauss() draws together.
        dict.__setitem__(inert.names(generator), "gauss_next", None)


def resume(settings: dict[str, str], granted: list[tuple[str, str]] | None) -> None:
    """Makes this instance differ from all others that start with the same memory.

    `granted` are the granted variables, or None. Those that belong into the environ are added to `settings`,
    the connection settings.
    """
    if _generators:
        _seed()
    for each in _of_numpy:
        each.seed()
    if granted:
        grant(granted, settings)


def _seed() -> None:
    # A subclass may have replaced generator.seed().
    seed = sys.modules["_random"].Random.seed
    seeds = os.urandom(_SEED_SIZE * len(_generators))
    for number, generator in enumerate(_generators):
        seed(generator, int.from_bytes(seeds[_SEED_SIZE * number : _SEED_SIZE * (number + 1)]))
