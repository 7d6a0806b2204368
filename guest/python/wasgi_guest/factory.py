"""Calls the application factory with the arguments on the command line."""

from .errors import LoadError
from .explain import advice
from .signature import signature_of
from .tracebacks import format_error


def call_factory(factory, name: str, text: str, label: str):
    """Returns the application that `factory` makes.

    `text` is the text between the parentheses: positional and keyword literals, as in gunicorn. Raises
    LoadError.
    """
    call = f"{label}:{name}({text})"
    if not callable(factory):
        raise LoadError(f"{label}:{name} is not callable. Name it without parentheses: {label}:{name}")
    positional, named = _arguments(text, call)
    signature = signature_of(factory)
    if not text and signature is not None and not signature.accepts(0):
        names = ", ".join(signature.names)
        raise LoadError(
            f"{call} needs arguments ({names}). Give them as literals, such as {label}:{name}('production'), "
            "or write a function that takes none."
        )
    try:
        application = factory(*positional, **named)
    except BaseException as error:
        raise LoadError(f"{call} failed:{advice(error)}\n\n{format_error(error)}") from error
    if application is None:
        raise LoadError(f"{call} returned None: is a 'return' missing at its end?")
    return application


def _arguments(text: str, call: str) -> tuple[list, dict]:
    if not text.strip():
        return [], {}
    import ast

    refused = LoadError(
        f"{call}: a factory's arguments are literals: strings, numbers, True, False, None, and tuples, lists "
        "and dictionaries of them. Write a function without arguments for everything else."
    )
    try:
        node = ast.parse(f"_({text})", mode="eval").body
        named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords}
        positional = [ast.literal_eval(argument) for argument in node.args]
    except (AttributeError, SyntaxError, ValueError):
        # AttributeError: parentheses in the text can make the expression something other than one call.
        raise refused from None
    if None in named:
        raise refused
    return positional, named
