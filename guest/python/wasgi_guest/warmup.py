"""Warm-up requests: what the first request imports and builds is in the snapshot, for all."""

import _wasgi

from . import reserve
from .rehearsal import Recorded


def warm_up(answer, targets: list[str]) -> tuple[list[str], list[str]]:
    """Asks `answer`, which takes a request as the host's handler does, for each target once.

    Gives the targets that were answered and can be asked for again, and a note on each that failed; why, is
    in the application's log. What changes a granted directory is done once.
    """
    answered, failed = [], []
    for target in targets:
        request = Recorded(target)
        _wasgi.changed()
        answer(request)
        if request.status is not None and request.status < 500:
            answered += [] if _wasgi.changed() else [target]
        else:
            reserve.renew()
            failed.append(
                f"the warm-up request GET {target} was answered with {request.status or 'nothing'}."
            )
    return answered, failed
