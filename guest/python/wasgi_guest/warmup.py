"""Makes the warm-up requests: the snapshot then holds what a first request imports and builds."""

import _wasgi

from . import reserve
from .rehearsal import Recorded
from .state import changed, held
from .warned import Warned


def warm_up(answer, targets: list[str]) -> tuple[list[str], list[str]]:
    """Calls `answer`, which takes a request as the host's handler does, with each target once.

    Returns the targets that succeeded and can be repeated, and notes: on each that failed (the application's
    log has the reason), and on each warning. A target that changes a granted directory is not repeated.
    """
    answered, notes = [], []
    for target in targets:
        request = Recorded(target)
        _wasgi.changed()
        with Warned(f"GET {target}") as warned:
            answer(request)
        notes += warned.notes
        if request.status is not None and request.status < 500:
            answered += [] if _wasgi.changed() else [target]
        else:
            reserve.renew()
            notes.append(f"the warm-up request GET {target} was answered with {request.status or 'nothing'}.")
    return answered, notes


def frozen(targets: list[str], before: dict[str, str]) -> list[str]:
    """Returns a note on what further requests for these targets went on changing since `before` (`held`).

    What the first one makes, and the others find, is the purpose of a warm-up.
    """
    path = changed(before, held()) if targets else None
    if path is None:
        return []
    asked = " and ".join(f"GET {target}" for target in targets)
    return [
        f"the warm-up by {asked} changes {path} each time, and each request begins with what that left: "
        "a counter goes on from there, and a limiter has counted all of it (docs/guide/state.md)"
    ]
