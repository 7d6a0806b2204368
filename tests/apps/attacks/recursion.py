"""Recursion without end, in Python and through the C of the interpreter and its libraries."""

import bisect
import codecs
import collections
import contextvars
import csv
import datetime
import functools
import heapq
import io
import json
import operator
import os
import pickle
import re
import sqlite3
import sys
import warnings
from xml.parsers import expat


def _instance(**methods):
    return type("Recursive", (), methods)()


def call():
    return call()


def lambdas():
    return (lambda function: function(function))(lambda function: function(function))


def keywords(**arguments):
    return keywords(**arguments)


def arguments(*given):
    return arguments(*given, 1)


def comprehension():
    return [comprehension() for _ in range(1)]


def generator():
    return next(_generator(0))


def _generator(depth):
    yield from _generator(depth + 1)


def coroutine():
    async def forever():
        await forever()

    return forever().send(None)


def evaluate():
    return eval("evaluate()")


def import_hook():
    finder = _instance(find_spec=lambda _, name, *rest: __import__("m" + name))
    sys.meta_path.insert(0, finder)
    return __import__("m")


def represent():
    return repr(_instance(__repr__=lambda this: repr(this)))


def text():
    return str(_instance(__str__=lambda this: str(this)))


def formatting():
    return format(_instance(__format__=lambda this, _: format(this)))


def attribute():
    return _instance(__getattr__=lambda this, name: getattr(this, name + "x")).missing


def every_attribute():
    return _instance(__getattribute__=lambda this, name: getattr(this, name)).missing


def set_attribute():
    return setattr(_instance(__setattr__=lambda this, *given: setattr(this, *given)), "name", 1)


def descriptor():
    class Owner:
        @property
        def itself(self):
            return operator.attrgetter("itself")(self)

    return Owner().itself


def equal():
    return _instance(__eq__=lambda this, other: other == this, __hash__=None) == 1


def compare():
    values = [_instance(__lt__=lambda this, other: sorted([this, other])) for _ in range(2)]
    return sorted(values)


def hashing():
    return hash(_instance(__hash__=lambda this: hash(this)))


def adding():
    return _instance(__add__=lambda this, other: this + other) + 1


def calling():
    return _instance(__call__=lambda this: this())()


def missing_key():
    class Endless(dict):
        def __missing__(self, key):
            return self[key + 1]

    return Endless()[0]


def is_instance():
    class Meta(type):
        def __instancecheck__(cls, other):
            return isinstance(other, cls)

    return isinstance(1, Meta("Class", (), {}))


def subclass():
    class Base:
        def __init_subclass__(cls):
            type("Class", (Base,), {})

    return type("Class", (Base,), {})


def context():
    return contextvars.copy_context().run(context)


def cached():
    return functools.lru_cache(cached)()


def sort_key():
    return sorted([1, 2], key=lambda _: sort_key())


def mapping():
    return list(map(lambda _: mapping(), [1]))


def heap():
    values = [_instance(__lt__=lambda this, other: heapq.heapify([this, other])) for _ in range(2)]
    return heapq.heapify(values)


def bisecting():
    return bisect.bisect([1, 2], 1, key=lambda _: bisecting())


def dump_json():
    class Encoder(json.JSONEncoder):
        def default(self, o):
            return json.dumps(o, cls=Encoder)

    return json.dumps(object(), cls=Encoder)


def dump_pickle():
    return pickle.dumps(_instance(__reduce__=lambda this: (pickle.dumps(this), ())))


def load_pickle():
    class Loader(pickle.Unpickler):
        def find_class(self, *_):
            return load_pickle()

    return Loader(io.BytesIO(pickle.dumps(len))).load()


def substitute():
    return re.sub("a", lambda _: substitute(), "a")


def write_csv():
    return csv.writer(_instance(write=lambda this, _: csv.writer(this).writerow([1]))).writerow([1])


def parse_xml(*_):
    parser = expat.ParserCreate()
    parser.StartElementHandler = parse_xml
    parser.Parse("<a/>", True)


def time_zone():
    class Zone(datetime.tzinfo):
        def utcoffset(self, _):
            return datetime.datetime(2000, 1, 1, tzinfo=self).utcoffset()

    return datetime.datetime(2000, 1, 1, tzinfo=Zone()).utcoffset()


def codec_error():
    codecs.register_error("endless", lambda _: "\u20ac".encode("ascii", "endless"))
    return "\u20ac".encode("ascii", "endless")


def sql_function():
    database = sqlite3.connect(":memory:")

    def ask(*_):
        return database.execute("select ask()").fetchone()[0]

    database.create_function("ask", 0, ask)
    return ask()


def sql_collation():
    database = sqlite3.connect(":memory:")

    def ask(*_):
        return database.execute("select 'a' < 'b' collate ask").fetchone()[0]

    database.create_collation("ask", ask)
    return ask()


def sql_adapter():
    database = sqlite3.connect(":memory:")

    def ask(this, _=None):
        return database.execute("select ?", (this,)).fetchone()[0]

    return ask(_instance(__conform__=ask))


def path_protocol():
    return open(_instance(__fspath__=lambda this: os.stat(this)))


def printing():
    target = _instance(write=lambda this, _: print("x", file=this))
    print("x", file=target)


def reading():
    class Raw(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, _):
            reading()

    return io.BufferedReader(Raw()).read(1)


def warning():
    warnings.simplefilter("always")
    warnings.showwarning = lambda *_, **__: warnings.warn("again", stacklevel=1)
    warnings.warn("first", stacklevel=1)


def default_dict():
    values = collections.defaultdict(lambda: values[len(values) + 1])
    return values[0]


def excepthook():
    sys.excepthook = lambda *given: sys.excepthook(*given)
    sys.excepthook(1, 2, 3)


def tracing():
    def trace(*_):
        return trace

    sys.settrace(trace)
    return call()


def without_limit():
    """C recursion has a limit of its own, which setrecursionlimit() cannot lift."""
    sys.setrecursionlimit(10**9)
    return represent()
