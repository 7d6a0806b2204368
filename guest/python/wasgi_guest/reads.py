"""Classifies reads of environment variables: a notice reports the application's, not a package's switches."""

from . import blame, inert

# A read through these files counts for their caller; any other file of the standard library reads for itself.
WAYS = frozenset({"os.py", "_collections_abc.py", "posixpath.py"})
_VARARGS, _VARKEYWORDS = 0x04, 0x08


def kind(variable: str | None) -> str | None:
    """Returns the kind of a read of `variable`, or of all variables if that is None.

    'variable' and 'variables' are the application's reads, which get a notice. 'setting' is a package's read:
    it matters only if a request keeps the value. None: there is no callsite, or a package reads a switch of
    its own.
    """
    if _is_the_applications(variable):
        return "variable" if variable is not None else "variables"
    asker = blame.asker(WAYS)
    return None if asker is None or _is_own(variable, asker) else "setting"


def _is_own(variable: str | None, asker: blame.Place) -> bool:
    """Whether the variable's name marks it as a switch of its reader, as FLASK_DEBUG is one of flask."""
    return variable is not None and variable.startswith(asker.module.partition(".")[0].upper() + "_")


def _is_the_applications(variable: str | None) -> bool:
    """Whether the application's own code reads it.

    It reads os.environ itself, or calls a package's function with the variable's name, or with the name's end
    behind a prefix (`config("DEBUG")`). Any other read by a package, at its import or in a function, is of a
    setting of the package.
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
    """Returns a package's folder or file at the top of site-packages."""
    return blame.file_of(frame).removeprefix(blame.PACKAGES).partition("/")[0]


def _is_given(frame, variable: str) -> bool:
    return any(text and variable.endswith(text) for text in _arguments(frame))


def _arguments(frame) -> list[str]:
    """Returns the texts among a function's arguments and the items of its container arguments."""
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
