"""Whether an application can be warmed up without being told how: it must not show that it was asked before.

The boot that tries is thrown away; what speaks against it leaves the application as its import left it.
"""

import os

import _wasgi
import wasgi

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
_REFUSED = frozenset({"open", "write", "socket", "thread", "process"})


def objection(answer) -> str | None:
    """Gives what speaks against warming up; `answer` takes a request as the host's handler does."""
    if wasgi._AFTER_RESTORE:
        return "what is given to wasgi.after_restore runs in requests only"
    files = _files()
    answers = [Recorded(TARGET) for _ in range(_TIMES)]
    deeds, states = [], []
    for each in answers:
        deeds.append(_watched(answer, each))
        states.append(held())
    left = "leaves files in /tmp" if _files() != files else None
    found = _refused(answers) or _done(deeds) or _changed(states) or left
    return found and f"GET {TARGET} {found}"


def _refused(answers: list[Recorded]) -> str | None:
    status = answers[0].status
    if status is None or status >= 500:
        return f"is answered with {status or 'nothing'}"
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
    with Watch(_wasgi.watch) as watch:
        answer(request)
    return watch.deeds()


def _files() -> list:
    return list(os.walk(_TMP))
