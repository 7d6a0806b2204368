"""Finds the WSGI application in a module, and explains why a callable cannot be one."""

import types

from . import inert
from .errors import LoadError
from .signature import signature_of

# Usual names of an application, and of a factory; the most usual first.
_APPLICATION_NAMES = ("application", "app")
_FACTORY_NAMES = ("create_app", "make_app", "create_application", "make_application", "get_app")


def find_application(module, label: str) -> tuple[str, object, bool]:
    """Returns the application's name and value, and whether that is a factory to call without arguments.

    `label` is the module as the developer writes it.
    """
    namespace = dict(inert.entries(inert.names(module)))
    for name, value in _usual(module, namespace):
        if callable(value):
            check_application(value, name, label)
            return name, value, False
    sure, possible = _candidates(namespace)
    factories = [name for name in _FACTORY_NAMES if callable(namespace.get(name))]
    names = sure or (possible if not factories else [])
    if len(names) == 1:
        return names[0], namespace[names[0]], False
    if not names and len(factories) == 1 and _needs_nothing(namespace[factories[0]]):
        # As `flask --app` does.
        return factories[0], namespace[factories[0]], True
    raise LoadError(_not_found(label, sure or possible, factories))


def _usual(module, namespace: dict[str, object]):
    """Yields the module's attributes with the usual names; only then those that its `__getattr__` makes."""
    for name in _APPLICATION_NAMES:
        yield name, namespace.get(name)
    if "__getattr__" in namespace or not inert.is_exactly(module, types.ModuleType):
        for name in _APPLICATION_NAMES:
            yield name, getattr(module, name, None)


def _needs_nothing(factory) -> bool:
    signature = signature_of(factory)
    return signature is not None and signature.accepts(0) and not signature.is_async


def check_application(value, name: str, label: str) -> None:
    """Raises LoadError if `value` surely cannot be called as application(environ, start_response)."""
    if not callable(value):
        kind = inert.label(type(value))
        raise LoadError(
            f"{label}:{name} is not a WSGI application: an object of type {kind} is not callable."
        )
    signature = signature_of(value)
    if signature is None or (signature.accepts(2) and not signature.is_async):
        return
    is_async = signature.is_async and not signature.wrapped
    if is_async or signature.names[:3] == ("scope", "receive", "send"):
        raise LoadError(
            f"{label}:{name} is an ASGI application; wasgi serves WSGI: app(environ, start_response).\n"
            "Use a WSGI framework, or put an adapter from ASGI to WSGI around it."
        )
    if signature.wrapped and not signature.accepts(0):
        # An adapter, such as werkzeug's Request.application: it calls the function with other arguments.
        return
    message = f"{label}:{name} cannot be called as a WSGI application, {name}(environ, start_response)."
    if signature.accepts(0):
        message += f"\nIf it makes the application, name it with parentheses: {label}:{name}()"
    raise LoadError(message)


def describe(value) -> str:
    """Names the kind of an application, for the report."""
    if inert.is_a(value, type):
        return "class"
    if inert.is_exactly(value, types.FunctionType, types.MethodType):
        return "function"
    return inert.label(type(value))


def _candidates(namespace: dict[str, object]) -> tuple[list[str], list[str]]:
    """Returns the names of certain applications (by their parameters' names), and of possible ones."""
    sure, possible, seen = [], [], set()
    module = inert.text(namespace.get("__name__"))
    for name, value in namespace.items():
        if name.startswith("_") or id(value) in seen or not _belongs(value, module):
            continue
        signature = signature_of(value)
        if signature is None or signature.is_async or not signature.accepts(2):
            continue
        seen.add(id(value))
        names = signature.names
        named = len(names) >= 2 and names[0].startswith("env") and names[1].startswith("start")
        (sure if named else possible).append(name)
    return sure, possible


def _belongs(value, module: str | None) -> bool:
    """Whether a module's global may be the application: imported functions and classes are not."""
    if not callable(value):
        return False
    if inert.is_a(value, type):
        made_in = inert.text(inert.entry(inert.names(value), "__module__"))
        return made_in == module and inert.inherited(value, "__iter__", value) is not value
    if inert.is_exactly(value, types.FunctionType, types.BuiltinFunctionType):
        return inert.text(value.__module__) == module
    return True


def _not_found(label: str, names: list[str], factories: list[str]) -> str:
    if len(names) > 1:
        choice = "\n".join(f"  {label}:{name}" for name in names)
        message = (
            f"{label} has several callables that may be the application. Name the one to serve:\n{choice}"
        )
    else:
        message = (
            f"{label} has no WSGI application: no 'application', no 'app', and no single callable that takes "
            f"(environ, start_response).\nName it: {label}:NAME"
        )
    for name in factories:
        message += f"\n{name} looks like a function that makes the application. To call it: {label}:{name}()"
    return message
