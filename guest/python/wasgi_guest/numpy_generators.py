"""numpy's random generators: those that seeded themselves before the snapshot are seeded in every request.

They are native code, whose methods nobody can override. But numpy asks a name of its module for each seed.
"""

import gc
import os
import sys

from . import blame, inert
from .late import AfterImport

# Where numpy draws seeds, and by which name.
_SOURCE, _DRAW = "numpy.random.bit_generator", "randbits"
_SHARED = "numpy.random.mtrand"
# Of the seed of the shared one: 256 bits, as CPython's own generators are given.
_WORDS, _WORD = 8, 4


class Seeds:
    """The seeds that numpy draws before the snapshot."""

    def __init__(self):
        # The callsites of the draws.
        self._drawn: dict[int, blame.Place | None] = {}
        # Whether a seed is being drawn: each request has another one.
        self.is_drawing = False
        self._names = self._draw = None
        self._late = AfterImport({_SOURCE: self._override})

    def watch(self) -> None:
        if _SOURCE in sys.builtin_module_names:
            self._late.install()

    def _override(self, module) -> None:
        self._names = inert.names(module)
        self._draw = draw = inert.entry(self._names, _DRAW)

        def randbits(size):
            self.is_drawing = True
            try:
                seed = draw(size)
            finally:
                self.is_drawing = False
            self._drawn[seed] = blame.find()
            return seed

        dict.__setitem__(self._names, _DRAW, randbits)

    def remove(self) -> None:
        """Leaves numpy as it was."""
        self._late.remove()
        if self._names is not None:
            dict.__setitem__(self._names, _DRAW, self._draw)

    def living(self) -> "Generators | None":
        """Returns what must differ from instance to instance; None without numpy's generators."""
        return Generators(self._names, self._drawn) if self._names is not None else None

    def spent(self) -> list:
        """Returns the callsites of seeds whose numbers are in the snapshot, or may be: something was drawn
        by such a seed, or what had it is gone."""
        living = self.living()
        if living is None:
            return []
        fresh = living.fresh()
        return [place for seed, place in self._drawn.items() if seed not in fresh]


class Generators:
    """Those of numpy that were given no seed, and in any case the one behind numpy.random.rand()."""

    def __init__(self, names: dict, drawn: dict):
        self._drawn = drawn
        self._sequence = sequence = inert.entry(names, "SeedSequence")
        generator = inert.entry(names, "BitGenerator")
        objects = gc.get_objects()
        self._sequences = [
            value
            for value in objects
            if type(value) is sequence and type(value.entropy) is int and value.entropy in drawn
        ]
        known = {id(value) for value in self._sequences}
        self._generators = [
            (value, seed)
            for value in objects
            if issubclass(type(value), generator)
            for seed in [generator.seed_seq.__get__(value)]
            if id(seed) in known
        ]
        names = inert.names(sys.modules.get(_SHARED))
        kind, self._shared = inert.entry(names, "RandomState"), inert.entry(names, "_rand")
        if self._shared is not None and type(self._shared._bit_generator).__name__ != "MT19937":
            # The application has put another one there.
            self._shared = None
        own = {id(generator) for generator, _ in self._generators}
        self._states = [
            value
            for value in objects
            if kind is not None and issubclass(type(value), kind) and id(value._bit_generator) in own
        ]

    def fresh(self) -> set[int]:
        """Returns the seeds of what has given no number yet."""
        seeds = {value.entropy for value in self._sequences}
        for generator, seed in self._generators:
            if _state(generator) != _state(_own_kind(generator)(seed)):
                seeds.discard(seed.entropy)
        return seeds

    def seed(self) -> None:
        """Seeds all, at the beginning of a request."""
        if self._sequences:
            self._renew_sequences()
        shared = self._shared._bit_generator if self._shared is not None else None
        for generator, seed in self._generators:
            if generator is not shared:
                kind = _own_kind(generator)
                kind.state.__set__(generator, kind(seed).state)
        for state in self._states:
            # The kept second number of a pair.
            state.set_state({**state.get_state(legacy=False), "has_gauss": 0})
        if self._shared is not None:
            # Shorter than to compute its state from a sequence.
            text = os.urandom(_WORDS * _WORD)
            words = range(0, len(text), _WORD)
            self._shared.seed([int.from_bytes(text[at : at + _WORD]) for at in words])

    def _renew_sequences(self) -> None:
        # Those of one origin still are of one.
        renewed = {}
        for sequence in self._sequences:
            size = sequence.pool_size
            if sequence.entropy not in renewed:
                renewed[sequence.entropy] = seed = int.from_bytes(os.urandom(size * _WORD))
                self._drawn[seed] = None
            self._sequence.__init__(
                sequence,
                renewed[sequence.entropy],
                spawn_key=sequence.spawn_key,
                pool_size=size,
                n_children_spawned=sequence.n_children_spawned,
            )


def _own_kind(generator) -> type:
    """The class of numpy's that an application's may be derived from."""
    return next(kind for kind in inert.mro(type(generator)) if "state" in inert.namespace(kind))


def _state(generator) -> str:
    """A generator's state, for comparison: in part, it is in arrays."""
    return repr(_plain(_own_kind(generator).state.__get__(generator)))


def _plain(state):
    if inert.is_exactly(state, dict):
        return {name: _plain(value) for name, value in state.items()}
    return state.tolist() if hasattr(state, "tolist") else state
