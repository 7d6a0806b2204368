"""The warm-up probe: decides whether an application can be warmed up with GET / although no option says so.

The application must not show that it has served a request before. The probe runs in a boot that is discarded;
after an objection, the snapshot holds the application without a warm-up.
"""

import io
import os
import sys

import _wasgi

from .lazy import Imports
from .rehearsal import Recorded
from .state import changed, held
from .watch import Watch

# RFC 9110, section 9.2.1: a GET changes nothing that the client would be accountable for.
TARGET = "/"
# The first request does all lazy work, the second what the first has left, the third runs specialized code.
_TIMES = 3
_TMP = "/tmp"
# Resources that only requests may have, or whose use stays in the snapshot. Anything else, such as variables,
# is harmless if every request reads it again: then the application keeps nothing.
_REFUSED = frozenset({"open", "write", "socket", "process"})


def probe(answer, tell) -> None:
    """Tells the objection to a warm-up, if any, and the modules that can be imported beforehand all the same.

    `answer` takes a request as the host's handler does. `tell` is called after each request, as the next may
    not end in time, and once more at the end.
    """
    busy = set()
    with Imports() as imports:
        found = _objection(answer, busy, lambda: tell(f"GET {TARGET} comes to no end", imports.names(busy)))
    tell(found, imports.names(busy))


def _objection(answer, busy: set[str], answered) -> str | None:
    """Adds to `busy` the modules whose import in a request did something; calls `answered` after each."""
    files = _files()
    answers = [Recorded(TARGET) for _ in range(_TIMES)]
    deeds, states = [], []
    _wasgi.changed()
    logs = []
    for each in answers:
        # Keeps the application's log, which explains a failure.
        stderr, sys.stderr = sys.stderr, io.StringIO()
        deeds.append(_watched(answer, each, busy))
        states.append(held())
        logs.append(sys.stderr.getvalue())
        sys.stderr = stderr
        answered()
    left = "leaves files in /tmp" if _files() != files else None
    written = "changes a granted directory" if _wasgi.changed() else None
    found = _refused(answers, logs[0]) or _done(deeds) or written or _changed(states) or left
    return found and f"GET {TARGET} {found}"


def _refused(answers: list[Recorded], log: str) -> str | None:
    """Returns an objection to the responses; its lines after the first are the application's log."""
    status = answers[0].status
    if status is None or status >= 500:
        return f"is answered with {status or 'nothing'}\n{log}".rstrip()
    differs = any(each.answer() != answers[0].answer() for each in answers)
    return "is answered differently the next time" if differs else None


def _done(deeds: list[dict[str, str]]) -> str | None:
    for deed, kind in deeds[0].items():
        if kind in _REFUSED:
            return deed
        if deed not in deeds[-1]:
            return f"{deed}, and not again the next time"
    return None


def _changed(states: list[dict[str, str]]) -> str | None:
    path = changed(*states[-2:])
    return path and f"changes {path} each time"


def _watched(answer, request: Recorded, busy: set[str]) -> dict[str, str]:
    with Watch(_wasgi.watch, _wasgi.is_granted) as watch:
        answer(request)
    busy |= watch.busy
    return watch.deeds()


def _files() -> list:
    return list(os.walk(_TMP))
