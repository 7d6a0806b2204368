"""A key that cannot be compared: rpds panics, as Rust programs do where they see no way to go on."""

from answers import by_path
from rpds import HashTrieMap


class Key:
    def __hash__(self):
        return 1

    def __eq__(self, other):
        return NotImplemented


def panic():
    return len(HashTrieMap({1: 2}).insert(Key(), 1))


def calm():
    return len(HashTrieMap({1: 2}))


app = by_path(panic=panic, calm=calm)
