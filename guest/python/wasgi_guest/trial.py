"""Whether an application can be warmed up without being told how: it must not show that it was asked before.

The boot that tries is thrown away; what speaks against it leaves the application as its import left it.
"""

import io
import os
import sys

import _wasgi

from .rehearsal import Recorded
from .state import held
from .watch import Watch

# RFC 9110, section 9.2.1: to GET changes nothing that the client would be accountable for.
TARGET = "/"
# The first one finds everything to be done, the second what that has left, the third what code adapted to.
_TIMES = 3
_TMP = "/tmp"
# What is not to be had before the snapshot and may be in requests, or what stays as it is. Anything else a
# request asks for, as variables, is harmless where every request asks again: nothing of it is kept.
_REFUSED = frozenset({"open", "write", "socket", "process"})


def objection(answer) -> str | None:
    """Gives what speaks against warming up; `answer` takes a request as the host's handler does."""
    files = _files()
    answers = [Recorded(TARGET) for _ in range(_TIMES)]
    deeds, states = [], []
    _wasgi.changed()
    logs = []
    for each in answers:
        # Why it fails, should it.
        stderr, sys.stderr = sys.stderr, io.StringIO()
        deeds.append(_watched(answer, each))
        states.append(held())
        logs.append(sys.stderr.getvalue())
        sys.stderr = stderr
    left = "leaves files in /tmp" if _files() != files else None
    written = "changes a granted directory" if _wasgi.changed() else None
    found = _refused(answers, logs[0]) or _done(deeds) or written or _changed(states) or left
    return found and f"GET {TARGET} {found}"


def _refused(answers: list[Recorded], log: str) -> str | None:
    """The lines behind the first one are what was logged."""
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
    *_, before, after = states
    changed = next((path for path, value in after.items() if before.get(path) != value), None)
    return changed and f"changes {changed} each time"


def _watched(answer, request: Recorded) -> dict[str, str]:
    with Watch(_wasgi.watch, _wasgi.is_granted) as watch:
        answer(request)
    return watch.deeds()


def _files() -> list:
    return list(os.walk(_TMP))
