"""Imports the application that the configuration's target names, or explains why it cannot."""

import importlib.util
import os
import sys

from . import inert
from .discovery import check_application, describe, find_application
from .errors import LoadError
from .explain import explain_import
from .factory import call_factory
from .native import NativeFinder


def load(target: dict, finder: NativeFinder) -> tuple[object, dict]:
    """Returns the application and the report about it.

    `target` is the configuration's (module, file, attribute, call). `finder` is the NativeFinder, whose
    refusals may explain a failure. Raises LoadError.
    """
    label = os.path.basename(target["file"]) if target["file"] else target["module"]
    module = _import(target, label, finder)
    name, call = target["attribute"], target["call"]
    if name is None:
        name, application, is_factory = find_application(module, label)
        how, call = "found", "" if is_factory else None
    else:
        application = _resolve(module, name, label)
        how = "named"
    if call is not None:
        how = "factory"
        application = call_factory(application, name, call, label)
    if how != "found":
        check_application(application, name if call is None else f"{name}({call})", label)
    notes = [f"{reason} (The import went on without it.)" for reason in finder.reasons()]
    kind = describe(application)
    return application, {
        "module": target["module"],
        "attribute": name,
        "how": how,
        "kind": kind,
        "notes": notes,
    }


def _import(target: dict, label: str, finder: NativeFinder):
    name, file = target["module"], target["file"]
    if file:
        _check_file(name, file)
    try:
        if file:
            return _import_file(name, file)
        # importlib.import_module would add a frame of its own to every traceback.
        __import__(name)
        return sys.modules[name]
    except BaseException as error:
        # SystemExit and KeyboardInterrupt, too: a module that ends the interpreter needs an explanation.
        raise explain_import(error, name, label, finder) from error


def _check_file(name: str, file: str) -> None:
    if not os.path.isfile(file):
        raise LoadError(f"There is no file {file}.")
    if name in sys.stdlib_module_names:
        raise LoadError(
            f"{os.path.basename(file)} has the name of the standard library's module '{name}' and would hide "
            "it. Rename the file."
        )
    if name in sys.modules:
        raise LoadError(f"'{name}' is the name of a module in use. Rename {os.path.basename(file)}.")


def _import_file(name: str, file: str):
    """Imports a file by its stem, so `__name__` is never '__main__', and its neighbours can import it."""
    folder = os.path.dirname(file)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None:
        raise LoadError(f"{file} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    # As with every import, a module may have replaced itself in sys.modules.
    return sys.modules[name]


def _resolve(module, attribute: str, label: str):
    value = module
    for part in attribute.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            raise LoadError(_missing(value, part, attribute, label)) from None
    return value


def _missing(value, part: str, attribute: str, label: str) -> str:
    import difflib

    names = [name for name in inert.all_names(value) if not name.startswith("_")]
    message = f"{label} has no '{attribute}'."
    close = difflib.get_close_matches(part, names)
    if close:
        prefix = attribute.rpartition(".")[0]
        choice = " or ".join(f"{label}:{prefix + '.' if prefix else ''}{name}" for name in close)
        message += f" Did you mean {choice}?"
    return message
