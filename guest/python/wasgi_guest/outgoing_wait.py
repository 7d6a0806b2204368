"""Waiting for others, while threads go on."""

import sys
from time import monotonic

import _wasgi_outgoing


def wait(ready, watched, seconds: float | None) -> bool:
    """Waits until `ready()`, for at most `seconds`; whether it is ready.

    `watched()` gives the exchanges that may make it so, as _wasgi_outgoing.wait() takes them. Threads go on
    meanwhile.
    """
    seconds = -1 if seconds is None else seconds
    threads = sys.modules.get("wasgi_guest.threads")
    if threads is not None:
        return threads.wait(ready, seconds, watched=watched)
    until = monotonic() + seconds
    while not ready():
        left = until - monotonic() if seconds >= 0 else -1
        pairs = watched()
        if (seconds >= 0 and left <= 0) or (seconds < 0 and not pairs):
            return False
        _wasgi_outgoing.wait(pairs, left)
    return True
