"""numpy's generators, by classes that look like them: which of them are seeded in a request."""

import secrets
import sys
import types
import unittest
import unittest.mock

from wasgi_guest.numpy_generators import Seeds

SOURCE, SHARED = "numpy.random.bit_generator", "numpy.random.mtrand"


class SeedSequence:
    def __init__(self, entropy=None, *, spawn_key=(), pool_size=4, n_children_spawned=0):
        self.entropy = sys.modules[SOURCE].randbits(pool_size * 32) if entropy is None else entropy
        self.spawn_key, self.pool_size, self.n_children_spawned = spawn_key, pool_size, n_children_spawned


class BitGenerator:
    __slots__ = ("__weakref__", "_seed_seq", "state")
    seed_seq = property(lambda self: self._seed_seq)

    def __init__(self, seed=None):
        self._seed_seq = seed if isinstance(seed, SeedSequence) else SeedSequence(seed)
        self.state = {"state": self._seed_seq.entropy, "key": self._seed_seq.spawn_key}

    def draw(self):
        self.state = {**self.state, "state": self.state["state"] + 1}
        return self.state["state"]


class MT19937(BitGenerator):
    __slots__ = ()


class RandomState:
    __slots__ = ("_bit_generator",)

    def __init__(self, seed=None):
        self._bit_generator = MT19937()
        if seed is not None:
            self.seed(seed)

    def seed(self, seed):
        self._bit_generator.state, self._bit_generator._seed_seq = {"state": seed}, None

    def get_state(self, legacy):
        return {**self._bit_generator.state, "has_gauss": 1}

    def set_state(self, state):
        self._bit_generator.state = state


def module(name, **names):
    made = types.ModuleType(name)
    vars(made).update(names)
    return made


class OfNumpy(unittest.TestCase):
    def setUp(self):
        source = module(
            SOURCE, SeedSequence=SeedSequence, BitGenerator=BitGenerator, randbits=secrets.randbits
        )
        builtin = (*sys.builtin_module_names, SOURCE)
        self.enterContext(unittest.mock.patch.object(sys, "builtin_module_names", builtin))
        self.enterContext(unittest.mock.patch.dict(sys.modules, {SOURCE: source}))
        self.source, self.seeds = source, Seeds()
        self.seeds.watch()
        self.addCleanup(self.seeds.remove)
        shared = module(SHARED, RandomState=RandomState, _rand=RandomState())
        self.enterContext(unittest.mock.patch.dict(sys.modules, {SHARED: shared}))
        self.shared = shared._rand

    def test_what_seeded_itself_is_seeded_anew_and_what_was_given_a_seed_is_not(self):
        own, given, old, chosen = BitGenerator(), BitGenerator(7), RandomState(), RandomState(7)
        child = BitGenerator(SeedSequence(own.seed_seq.entropy, spawn_key=(0,)))
        before = own.state
        seen = [self.states(own, old, self.shared) for _ in range(3) if self.seeds.living().seed() is None]
        self.assertEqual(len({text for states in seen for text in states}), 9)
        self.assertNotIn(str(before), {text for states in seen for text in states})
        self.assertEqual((given.state["state"], chosen._bit_generator.state["state"]), (7, 7))
        self.assertEqual(child.state, {"state": own.state["state"], "key": (0,)}, "of one origin")

    def test_the_shared_one_is_seeded_whoever_seeded_it(self):
        self.shared.seed(1)
        self.seeds.living().seed()
        self.assertEqual(len(self.shared._bit_generator.state["state"]), 8)

    def test_seeds_are_told_of_where_something_was_drawn_by_them(self):
        unused, used = BitGenerator(), BitGenerator()
        self.assertEqual(len(self.seeds.spent()), 0)
        used.draw()
        self.assertEqual(len(self.seeds.spent()), 1)
        BitGenerator().draw()
        self.assertEqual(len(self.seeds.spent()), 2, "of what is gone, the numbers may be there")
        self.assertTrue(unused.state)

    def test_numpy_is_left_as_it_was(self):
        self.assertIsNot(self.source.randbits, secrets.randbits)
        self.seeds.remove()
        self.assertEqual(self.source.randbits, secrets.randbits)

    def test_a_module_of_that_name_that_is_not_the_guests_is_left_alone(self):
        self.seeds.remove()
        with unittest.mock.patch.object(sys, "builtin_module_names", ()):
            seeds = Seeds()
            seeds.watch()
        self.assertEqual((self.source.randbits, seeds.living()), (secrets.randbits, None))

    def states(self, generator, *old):
        return [str(generator.state), *(str(state._bit_generator.state) for state in old)]


if __name__ == "__main__":
    unittest.main()
