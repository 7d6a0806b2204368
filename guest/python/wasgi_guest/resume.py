"""The first step of a request in a fresh instance: renew what the snapshot would otherwise repeat."""

import os
import sys

from . import variables


def resume(given: list[tuple[str, str]] | None) -> dict[str, str]:
    """Makes this instance differ from all others that began with the same memory.

    `given` is names and values of the host's variables for it, or None. Gives what they put into the environ.
    """
    # Looked up each time and not imported: an application without `random` should not pay for it.
    # Its functions share one generator, whose state lies in the snapshot, alike in every instance.
    generator = getattr(sys.modules.get("random"), "_inst", None)
    if generator is not None:
        generator.seed()
    if not given:
        return {}
    settings, granted = variables.split(given)
    _add_to_environ(granted)
    return settings


def _add_to_environ(granted: list[tuple[str, str]]) -> None:
    """Adds to os.environ, and with it to libc's environment.

    What the application set while it was imported stays, unless the host grants that name: so setdefault() in
    a settings module means what it says, although it ran before the host could be asked.
    """
    for name, value in granted:
        os.environ[name] = value
