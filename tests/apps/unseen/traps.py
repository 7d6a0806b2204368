"""Objects that record every look at them and refuse it: before a request, nobody has business with them."""

import collections
import functools
import io
import itertools
import random
import types
import weakref

# What was looked at while armed.
SEEN = []
_STATE = {"armed": False}

# What makes or ends an object or a class, and what is no method.
_LEFT_OUT = {
    *("__new__", "__init__", "__del__", "__init_subclass__", "__prepare__", "__class_getitem__"),
    *("__subclasshook__", "__class__", "__dict__", "__slots__", "__weakref__", "__module__", "__name__"),
    *("__qualname__", "__doc__", "__annotations__", "__abstractmethods__", "__static_attributes__"),
    *("__firstlineno__", "__match_args__", "__type_params__", "__parameters__", "__orig_bases__"),
}


class Looked(Exception):
    """Somebody asked an object for something."""


def arm():
    _STATE["armed"] = True


def disarm():
    """Gives what was looked at so far; from now on everything answers."""
    _STATE["armed"] = False
    return SEEN


def look(what):
    if _STATE["armed"]:
        SEEN.append(what)
        raise Looked(what)


def _classes(kind):
    for each in type.__subclasses__(kind):
        yield each
        yield from _classes(each)


def _special_names():
    """Gives the names of all methods that any class of the interpreter has for the language's own use."""
    names = {name for kind in (object, type, *_classes(object)) for name in vars(kind)}
    return sorted(name for name in names if name[:2] == name[-2:] == "__" and name not in _LEFT_OUT)


SPECIAL_NAMES = _special_names()


def _trap(name, base):
    original = getattr(base, name, None)

    def trap(self, *args, **kwargs):
        look(f"{name} of a {base.__name__}")
        if original is not None:
            return original(self, *args, **kwargs)
        if name == "__getattr__":
            raise AttributeError(args[0])
        return NotImplemented

    return trap


def _traps(base):
    def trap(name, answer):
        return property(lambda self: look(f"{name} of a {base.__name__}") or answer(self))

    methods = {name: _trap(name, base) for name in SPECIAL_NAMES if callable(getattr(base, name, len))}
    attributes = {"__class__": trap("__class__", type), "__dict__": trap("__dict__", lambda self: {})}
    return methods | attributes | {"__module__": __name__}


Meta = types.new_class("Meta", (type,), exec_body=lambda names: names.update(_traps(type)))


def kind_of(base, metaclass=type):
    """Makes a class of objects that record every look at them; with Meta, also those at the class."""
    return types.new_class(
        f"Trapped{base.__name__.capitalize()}",
        (base,),
        {"metaclass": metaclass},
        lambda names: names.update(_traps(base)),
    )


def _module(kind):
    made = kind("trapped")
    types.ModuleType.__dict__["__dict__"].__get__(made).update(__file__="/app/trapped.py", value=Plain())
    return made


Plain = kind_of(object)


class Alike(str):
    """A key that is filed where a plain one would be, and has to be asked whether it is that."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        look("__eq__ of a key")
        return False


BASES = (
    (object, lambda kind: kind()),
    (int, lambda kind: kind(7)),
    (float, lambda kind: kind(0.5)),
    (complex, lambda kind: kind(1j)),
    (str, lambda kind: kind("text")),
    (bytes, lambda kind: kind(b"bytes")),
    (list, lambda kind: kind([1])),
    (tuple, lambda kind: kind([1])),
    (dict, lambda kind: kind(a=1)),
    (set, lambda kind: kind([1])),
    (frozenset, lambda kind: kind([1])),
    (collections.deque, lambda kind: kind([1])),
    (collections.OrderedDict, lambda kind: kind(a=1)),
    (itertools.count, lambda kind: kind(1)),
    (functools.partial, lambda kind: kind(print)),
    (random.Random, lambda kind: kind(1)),
    (random.SystemRandom, lambda kind: kind()),
    (io.FileIO, lambda kind: kind(__file__)),
    (types.ModuleType, _module),
    (Exception, lambda kind: kind("error")),
)


def one_of_each():
    """Gives an object of each kind, and classes."""
    kinds = [(kind_of(base, metaclass), make) for base, make in BASES for metaclass in (type, Meta)]
    return [make(kind) for kind, make in kinds] + [kind for kind, _ in kinds]


class Lazy:
    """Becomes what it stands for at the first look, as Django's and Celery's do."""

    def __init__(self, make):
        self.__dict__.update(make=make, made=None)

    def _get(self):
        look("a lazy object")
        if self.__dict__["made"] is None:
            self.__dict__["made"] = self.__dict__["make"]()
        return self.__dict__["made"]

    __class__ = property(lambda self: type(self._get()))

    def __getattr__(self, name):
        return getattr(self._get(), name)

    def __str__(self):
        return str(self._get())


def proxies():
    """Gives weak proxies of what lives, and of what has gone."""
    gone = types.new_class("Gone", ())()
    proxies.alive = Plain()
    return [weakref.proxy(proxies.alive), weakref.proxy(proxies.alive.__str__.__func__), weakref.proxy(gone)]


def scattered(values):
    """Gives the same objects in every place that a value can be at."""

    def function(default=values):
        return values, default

    def generator():
        held = values
        yield
        yield held

    function.held = values
    suspended = generator()
    next(suspended)
    named = {f"a{number}": value for number, value in enumerate(values)}
    holder = types.SimpleNamespace(**named)
    owner = type("Owner", (), named | {"__module__": __name__})
    return [
        values,
        tuple(values),
        collections.deque(values),
        dict(enumerate(values)),
        function,
        suspended,
        holder,
        owner,
        owner(),
        functools.partial(function, values),
        *({value: value} for value in values if _can_be_key(value)),
        *({value} for value in values if _can_be_key(value)),
        # Whoever puts back what it has replaced here would have to find the place by the key.
        *({value: random.random} for value in values if _can_be_key(value)),
    ]


def _can_be_key(value):
    try:
        hash(value)
    except (TypeError, ReferenceError):
        return False
    return True
