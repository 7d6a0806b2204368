"""Hosts that serve several requests by one instance: what a request leaves in memory, the next one finds."""

import sys

from . import reserve

_TOLD = []
_WARNING = (
    "wasgi: this host uses an instance for several requests: what one leaves in memory, the next one finds. "
    "`wasgi build --refuse-reuse` makes a component that refuses that.\n"
)
_REFUSAL = b"This application serves one request per instance, and this instance has served one.\n"


def welcome_again() -> None:
    """At the start of every request but the first: what a request may have used up is there again."""
    reserve.renew_if_released()
    if not _TOLD:
        _TOLD.append(True)
        sys.stderr.write(_WARNING)


def refuse(environ, start_response):
    """Answers in place of an application that is not to see what another request left behind."""
    start_response(
        "503 Service Unavailable",
        [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_REFUSAL)))],
    )
    return [_REFUSAL]
