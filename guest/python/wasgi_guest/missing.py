"""Names the modules that an application imports and that its sandbox does not have."""

import ast
import os
import sys

from . import inert
from .layout import APPLICATION
from .native import NativeFinder, NativeModuleError

# Files of the application that are looked at.
_MOST_FILES = 500


def explain(name: str, finder: NativeFinder) -> str:
    """Says that there is no such module, and how to get it."""
    message, top = f"there is no module named '{name}'.", name.partition(".")[0]
    if top in sys.stdlib_module_names:
        return f"{message} '{top}' belongs to the standard library but does not exist inside WebAssembly."
    for folder in finder.left_out:
        if folder.partition("/")[0] == top:
            why = "It is installed, and was not packed, as nothing seemed to import it"
            return f"{message} {why}: --keep {folder}"
    return (
        f"{message} Install the distribution that provides '{top}' in the application's virtual environment, "
        "or point to the folder that has it with --site-packages."
    )


def others(told: set[str | None], finder: NativeFinder) -> list[str]:
    """Explains what else of the application's own imports fails because a module is missing; `told` is known.

    It imports the modules: the application has failed, so nothing of this interpreter is kept.
    """
    found = {}
    for name in sorted(_imported(APPLICATION)):
        try:
            __import__(name)
        except NativeModuleError as error:
            found[inert.text(error.name)] = str(error)
        except ModuleNotFoundError as error:
            if missing := inert.text(error.name):
                found[missing] = explain(missing, finder)
        except BaseException:
            # Not for want of a module, or not for that alone.
            continue
    return [text for name, text in found.items() if name not in told]


def _imported(folder: str) -> set[str]:
    """Returns the modules that the files of a folder import at their top, except for their own."""
    files = [file for file in _files(folder) if file.endswith(".py")][:_MOST_FILES]
    own = {os.path.relpath(file, folder).split(os.sep)[0].removesuffix(".py") for file in files}
    found = set()
    for file in files:
        try:
            with open(file, "rb") as source:
                body = ast.parse(source.read()).body
        except (OSError, SyntaxError, ValueError):
            continue
        for statement in body:
            if isinstance(statement, ast.Import):
                found.update(alias.name for alias in statement.names)
            elif isinstance(statement, ast.ImportFrom) and not statement.level:
                found.add(statement.module)
    return {name for name in found if name.partition(".")[0] not in own}


def _files(folder: str):
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (os.path.join(place, name) for name in sorted(names))
