"""Handles hosts that reuse an instance, where a request's state in memory stays for the next one."""

import sys

from . import reserve

_TOLD = []
_WARNING = (
    "wasgi: this host uses an instance for several requests: what one leaves in memory, the next one finds. "
    "`wasgi build --refuse-reuse` makes a component that refuses that.\n"
)
_REFUSAL = b"This application serves one request per instance, and this instance has served one.\n"


def welcome_again() -> None:
    """Called at the start of every request but the first: re-arms the reserve, and warns once."""
    reserve.renew_if_released()
    if not _TOLD:
        _TOLD.append(True)
        sys.stderr.write(_WARNING)


def refuse(environ, start_response):
    """Answers in place of an application that must not see an earlier request's state."""
    start_response(
        "503 Service Unavailable",
        [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_REFUSAL)))],
    )
    return [_REFUSAL]
