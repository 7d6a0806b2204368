"""The variables that a host grants to an instance, on their way into os.environ and the WSGI environ."""

import os
import time

# What only the request or the gateway may say. A client's header 'Proxy' must not meet a granted HTTP_PROXY.
_RESERVED = ("HTTP_", "CONTENT_", "wsgi.")
_RESERVED_NAMES = frozenset(
    (
        "GATEWAY_INTERFACE",
        "REMOTE_ADDR",
        "REMOTE_HOST",
        "REMOTE_PORT",
        "SCRIPT_NAME",
        "SERVER_PROTOCOL",
        "SERVER_SOFTWARE",
    )
)


def grant(granted: list[tuple[str, str]], settings: dict[str, str]) -> None:
    """Puts variables into os.environ, with it into libc's environment, and into `settings` for the environ.

    PEP 3333 wants both to be possible ("Application Configuration"). What the application set in os.environ
    while it was imported stays, unless the host grants that name: so setdefault() in a settings module means
    what it says, although it ran before the host could be asked.
    """
    for name, value in granted:
        os.environ[name] = value
        if not (name.startswith(_RESERVED) or name in _RESERVED_NAMES):
            settings[_native(name)] = _native(value)
        if name == "TZ":
            # As a process that was started with it.
            time.tzset()


def _native(text: str) -> str:
    # The text's bytes as one latin-1 character each ("Unicode Issues").
    return text if text.isascii() else text.encode().decode("latin-1")
