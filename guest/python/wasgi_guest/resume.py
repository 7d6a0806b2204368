"""The first step of a request in a fresh instance: renew what the snapshot would otherwise repeat."""

import os
import sys


def resume(variables: list[tuple[str, str]] | None) -> None:
    """Makes this instance differ from all others that began with the same memory.

    `variables` is names and values that the host grants to it, or None.
    """
    # Looked up each time and not imported: an application without `random` should not pay for it.
    # Its functions share one generator, whose state lies in the snapshot, alike in every instance.
    generator = getattr(sys.modules.get("random"), "_inst", None)
    if generator is not None:
        generator.seed()
    if variables:
        _add_to_environ(variables)


def _add_to_environ(variables: list[tuple[str, str]]) -> None:
    """Adds to os.environ, and with it to libc's environment.

    What the application set while it was imported stays, unless the host grants that name: so setdefault() in
    a settings module means what it says, although it ran before the host could be asked.
    """
    for name, value in variables:
        os.environ[name] = value
