"""The first step of a request in a fresh instance: renew what the snapshot would otherwise repeat."""

import sys


def resume() -> None:
    """Makes this instance differ from all others that began with the same memory."""
    # Looked up each time and not imported: an application without `random` should not pay for it.
    # Its functions share one generator, whose state lies in the snapshot, alike in every instance.
    generator = getattr(sys.modules.get("random"), "_inst", None)
    if generator is not None:
        generator.seed()
