"""Whose read of an environment variable it is: a package's, on its own account, is its own affair."""

from . import blame, inert

# Through these an application itself asks; anything else of the standard library asks on its own account.
WAYS = frozenset({"os.py", "_collections_abc.py", "posixpath.py"})
_VARARGS, _VARKEYWORDS = 0x04, 0x08


def kind(variable: str | None) -> str | None:
    """Gives the kind of a read of `variable`, or of all of them if that is None.

    'variable' and 'variables' are the application's, and told. 'setting' is a package's: what matters of that
    is only whether a request keeps it. None: nobody asks who could be named, or a package asks for a switch
    of its own.
    """
    if _is_the_applications(variable):
        return "variable" if variable is not None else "variables"
    asker = blame.asker(WAYS)
    return None if asker is None or _is_own(variable, asker) else "setting"


def _is_own(variable: str | None, asker: blame.Place) -> bool:
    """Whether a variable by its name is a switch of the package that reads it, as FLASK_DEBUG is of flask."""
    return variable is not None and variable.startswith(asker.module.partition(".")[0].upper() + "_")


def _is_the_applications(variable: str | None) -> bool:
    """Whether the application's own code reads it.

    It does by asking os.environ itself, and by calling a function of a package that does so if that function
    is given the variable's name, or the end of it that comes behind a prefix (`config("DEBUG")`). What a
    package reads while it is imported, or unasked in a function, is a setting of the package.
    """
    frame = called = blame.behind(WAYS)
    package = None
    while frame is not None and blame.owner_of(frame) == blame.PACKAGES:
        name = _package(frame)
        if name != (package or name) or frame.f_code.co_name == "<module>":
            return False
        package, called, frame = name, frame, frame.f_back and blame.behind(WAYS, frame.f_back)
    if frame is None or blame.owner_of(frame) != blame.APPLICATION:
        return False
    return package is None or variable is None or _is_given(called, variable)


def _package(frame) -> str:
    """Gives the folder or file that a package is, at the top of site-packages."""
    return blame.file_of(frame).removeprefix(blame.PACKAGES).partition("/")[0]


def _is_given(frame, variable: str) -> bool:
    return any(text and variable.endswith(text) for text in _arguments(frame))


def _arguments(frame) -> list[str]:
    """Gives the texts among a function's arguments and the items of those that are containers."""
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & _VARARGS) + bool(code.co_flags & _VARKEYWORDS)
    values = [inert.entry(frame.f_locals, name) for name in code.co_varnames[:count]]
    items = [item for value in values for item in _items(value)]
    return [text for value in values + items if (text := inert.text(value)) is not None]


def _items(value) -> list:
    if inert.is_exactly(value, dict):
        return [*value, *value.values()]
    return list(value) if inert.is_exactly(value, list, tuple) else []
