"""Waiting for others, while threads go on."""

import sys
from time import monotonic

import _wasgi_outgoing

# Seconds.
_MOMENT = 1e-4


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
    alarm = Alarm()
    while not ready():
        left = until - monotonic() if seconds >= 0 else -1
        pairs = watched()
        if (seconds >= 0 and left <= 0) or (seconds < 0 and not pairs):
            return False
        alarm.wait(pairs, left)
    return True


class Alarm:
    """Wakes one wait for others, as often as something comes.

    When a request ends, the host wakes whoever waits for a connection, as if something had come. A wait for
    time alone is too short then, by which the guest knows, and raises RequestEnded: so each wait after the
    first begins with one.
    """

    def __init__(self):
        self._has_rung = False

    def wait(self, exchanges, seconds: float) -> None:
        """As _wasgi_outgoing.wait()."""
        if self._has_rung:
            _wasgi_outgoing.wait([], _MOMENT)
        _wasgi_outgoing.wait(exchanges, seconds)
        self._has_rung = True
