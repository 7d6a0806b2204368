"""Runs one attack of `attacks/` and tells how it ended: `/attacking/<module>/<name>`.

Answers with what the attack returned, or the class of the exception that it met. With `?uncaught` nothing is
caught. `/attacking/<module>` names the attacks there are. Imported on use: attacks must not lie in the
snapshot that all other tests share.
"""

import importlib
from types import FunctionType


def _attacks(module) -> str:
    members = vars(module).items()
    own = (name for name, it in members if isinstance(it, FunctionType) and it.__module__ == module.__name__)
    return " ".join(name for name in own if not name.startswith("_"))


def _outcome(attack) -> str:
    try:
        return f"no error: {attack()!r}"[:200]
    except BaseException as error:
        return type(error).__name__


def app(environ, start_response):
    name, *attack = environ["PATH_INFO"].split("/")[2:]
    module = importlib.import_module(f"attacks.{name}")
    if not attack:
        answer = _attacks(module)
    elif environ["QUERY_STRING"] == "uncaught":
        answer = str(getattr(module, *attack)())
    else:
        answer = _outcome(getattr(module, *attack))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer.encode()]
