"""The first step of a request in a fresh instance: renew what the snapshot would otherwise repeat."""

import sys

from .variables import grant


def resume(settings: dict[str, str], granted: list[tuple[str, str]] | None) -> None:
    """Makes this instance differ from all others that began with the same memory.

    `granted` is names and values that the host grants to it, or None; `settings`, what the host tells of the
    connection, gets those that belong into the environ.
    """
    # Looked up each time and not imported: an application without `random` should not pay for it.
    # Its functions share one generator, whose state lies in the snapshot, alike in every instance.
    generator = getattr(sys.modules.get("random"), "_inst", None)
    if generator is not None:
        generator.seed()
    if granted:
        grant(granted, settings)
