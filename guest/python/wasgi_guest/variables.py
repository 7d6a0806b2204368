"""Puts the variables that the host grants into os.environ and the WSGI environ."""

import os
import time

# Names that only the request or the gateway may set: a client's header 'Proxy' must not meet a granted
# HTTP_PROXY.
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
    """Puts variables into os.environ, and so into libc's environment, and into `settings` for the environ.

    PEP 3333 wants both to be possible ("Application Configuration"). A variable that the application set at
    import stays, unless the host grants that name: so setdefault() in a settings module keeps its meaning,
    although it ran before the host granted anything.
    """
    for name, value in granted:
        os.environ[name] = value
        if not (name.startswith(_RESERVED) or name in _RESERVED_NAMES):
            settings[_native(name)] = _native(value)
        if name == "TZ":
            # A process that starts with TZ has its time zone from the beginning.
            time.tzset()


def _native(text: str) -> str:
    # Each byte becomes one latin-1 character ("Unicode Issues").
    return text if text.isascii() else text.encode().decode("latin-1")
