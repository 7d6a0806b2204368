"""Structures nested so deeply that whoever walks them, or frees them, goes deep."""

import ast
import copy
import dataclasses
import functools
import json
import marshal
import pickle
import re
import sqlite3
import types
import weakref
import xml.etree.ElementTree as ET

from attacks import DEPTH, nest


class _Holder:
    def __init__(self, held):
        self.held = held


class _Dying(_Holder):
    def __del__(self):
        self.held = None


@dataclasses.dataclass
class _Record:
    held: object


def _list():
    return nest(lambda held: [held])


def repr_list():
    return repr(_list())


def repr_dict():
    return repr(nest(lambda held: {1: held}))


def repr_frozenset():
    return repr(nest(lambda held: frozenset([held])))


def repr_dataclass():
    return repr(nest(_Record))


def repr_exception():
    return repr(nest(ValueError))


def repr_type():
    return repr(nest(lambda held: list[held], int))


def compare_lists():
    return _list() == _list()


def compare_dicts():
    return nest(lambda held: {1: held}) == nest(lambda held: {1: held})


def deepcopy():
    return copy.deepcopy(_list())


def dump_json():
    return json.dumps(_list())


def dump_json_indented():
    return json.dumps(_list(), indent=1)


def load_json():
    return json.loads("[" * DEPTH)


def dump_pickle():
    return pickle.dumps(_list())


def load_pickle():
    return pickle.loads(b"(" * DEPTH + b".")


def dump_marshal():
    return marshal.dumps(_list())


def load_marshal():
    return marshal.loads(b"(\x01\0\0\0" * DEPTH + b"N")


def regex_groups():
    return re.compile("(" * DEPTH)


def regex_backtracking():
    """Backtracks 50,000 levels deep, which sre keeps on the heap."""
    return re.match("(?:a|b)*?c", "ab" * 50_000)


def source_parentheses():
    return compile("(" * DEPTH, "source", "eval")


def source_operators():
    return compile("-" * DEPTH + "1", "source", "eval")


def source_sum():
    return compile("1+" * DEPTH + "1", "source", "eval")


def syntax_tree():
    place = {"lineno": 1, "col_offset": 0}
    tree = nest(lambda held: ast.UnaryOp(ast.USub(), held, **place), ast.Constant(1, **place))
    return compile(ast.Expression(tree), "source", "eval")


def unparse():
    return ast.unparse(nest(lambda held: ast.Attribute(held, "a"), ast.Name("a")))


def sql_expression():
    return sqlite3.connect(":memory:").execute("select " + "(" * 5000 + "1" + ")" * 5000).fetchone()


def write_xml():
    return ET.tostring(ET.fromstring("<a>" * DEPTH + "</a>" * DEPTH))


def class_tuple():
    return isinstance(1, nest(lambda held: (held,), str))


def exception_group():
    group = nest(lambda held: ExceptionGroup("group", [held]), ValueError())
    return group.split(ValueError)


def call_methods():
    return nest(lambda held: types.MethodType(held, 1), lambda *given: len(given), 5000)()


def call_caches():
    return nest(functools.lru_cache, print)()


def _free(wrap, depth=DEPTH):
    nested = nest(wrap, depth=depth)
    del nested
    return "freed"


def free_lists():
    return _free(lambda held: [held])


def free_objects():
    return _free(_Holder)


def free_finalized():
    return _free(_Dying, 10_000)


def free_exceptions():
    return _free(ValueError)


def free_closures():
    return _free(lambda held: lambda: held)


def free_generators():
    return _free(lambda held: (item for item in [held]))


def free_iterators():
    return _free(lambda held: map(int, held or ()))


def free_weakly_watched():
    nested = nest(_Holder)
    watch = weakref.ref(nested)
    del nested
    return watch()
