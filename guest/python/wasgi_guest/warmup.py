"""Makes the warm-up requests: the snapshot then holds what a first request imports and builds."""

import _wasgi

from . import reserve
from .rehearsal import Recorded


def warm_up(answer, targets: list[str]) -> tuple[list[str], list[str]]:
    """Calls `answer`, which takes a request as the host's handler does, with each target once.

    Returns the targets that succeeded and can be repeated, and a note on each that failed; the application's
    log has the reason. A target that changes a granted directory is not repeated.
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
