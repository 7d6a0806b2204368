"""Memory kept back, so that a request that used up all of its own can still be answered and told about."""

# Room for the answer and a traceback with its source lines; never touched, it costs a request nothing.
_SIZE = 384 * 1024
_BLOCK = bytearray(_SIZE)

# Gives it back to the allocator. Not a function of ours: without memory, there may be no frame for one.
release = _BLOCK.clear


def renew_if_released() -> None:
    """Keeps it back again, where an instance serves another request and there is memory for that."""
    if not _BLOCK:
        try:
            renew()
        except MemoryError:
            # Then an answer may be shorter, as it would be without this room.
            pass


def renew() -> None:
    """Keeps it back again, where a request that failed was none of the network."""
    _BLOCK[:] = bytes(_SIZE)
