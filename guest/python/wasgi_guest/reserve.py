"""Memory kept back, so that a request that used up all of its own can still be answered and told about."""

# Room for the answer and a traceback with its source lines; never touched, it costs a request nothing.
_SIZE = 384 * 1024
_BLOCK = bytearray(_SIZE)

# Gives it back to the allocator. Not a function of ours: without memory, there may be no frame for one.
release = _BLOCK.clear


def renew() -> None:
    """Keeps it back again, where a request that failed was none of the network."""
    _BLOCK[:] = bytes(_SIZE)
