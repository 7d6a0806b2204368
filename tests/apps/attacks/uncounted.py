"""C of CPython and its libraries that recurses without counting, and crashes an ordinary interpreter, too."""

import collections
import copy
import itertools
import xml.etree.ElementTree as ET

from attacks import nest

# Deeper than the stack is.
_DEPTH = 150_000


def _deep(wrap, innermost=None):
    return nest(wrap, innermost, _DEPTH)


def hash_tuple():
    return hash(_deep(lambda held: (held,)))


def hash_type():
    return hash(_deep(lambda held: list[held], int))


def next_of_maps():
    return next(_deep(lambda held: map(int, held), iter([1])))


def next_of_chains():
    return next(_deep(itertools.chain, iter([1])))


def next_of_generators():
    return next(_deep(lambda held: (item for item in held), iter([1])))


def next_of_zips():
    return next(_deep(zip, iter([1])))


def deepcopy_xml():
    return copy.deepcopy(ET.fromstring("<a>" * _DEPTH + "</a>" * _DEPTH))


def repr_deque():
    return repr(_deep(lambda held: collections.deque([held])))


def free_deques():
    nested = _deep(lambda held: collections.deque([held]))
    del nested
