"""The first step of a request in a fresh instance: renew what the snapshot would otherwise repeat.

What can be forgotten before the snapshot costs no request anything, so `forget` does that where it can.
docs/reference/snapshot.md has the whole table.
"""

import os
import sys

from . import inert
from .variables import grant

# State that its modules make anew when they find none.
_FORGOTTEN = {"tempfile": ("_name_sequence",), "uuid": ("_node", "_last_timestamp")}

# Bytes of entropy for each generator. Left to themselves they take 2496, ten calls of the host.
_SEED_SIZE = 32

# Random generators to be renewed in every request.
_generators: list = []


def forget() -> None:
    """Called before the snapshot is taken."""
    for name, attributes in _FORGOTTEN.items():
        names = inert.names(sys.modules.get(name))
        for attribute in attributes:
            if inert.is_a(names, dict) and inert.entry(names, attribute) is not None:
                dict.__setitem__(names, attribute, None)


def renew_in_requests(generators: list) -> None:
    """Called before the snapshot is taken, with the random.Random that each request is to seed anew."""
    _generators[:] = generators
    for generator in generators:
        # The second of a pair of numbers that were drawn at once.
        dict.__setitem__(inert.names(generator), "gauss_next", None)


def resume(settings: dict[str, str], granted: list[tuple[str, str]] | None) -> None:
    """Makes this instance differ from all others that began with the same memory.

    `granted` is names and values that the host grants to it, or None; `settings`, what the host tells of the
    connection, gets those that belong into the environ.
    """
    if _generators:
        _seed()
    if granted:
        grant(granted, settings)


def _seed() -> None:
    # Not generator.seed(), which a subclass may have for itself.
    seed = sys.modules["_random"].Random.seed
    seeds = os.urandom(_SEED_SIZE * len(_generators))
    for number, generator in enumerate(_generators):
        seed(generator, int.from_bytes(seeds[_SEED_SIZE * number : _SEED_SIZE * (number + 1)]))
