"""Reserves memory, so that the gateway can still answer and log a request that has used up its own."""

# Room for the response and a traceback with its source lines. A request never touches it, so it costs none.
_SIZE = 384 * 1024
_BLOCK = bytearray(_SIZE)

# Returns it to the allocator. A built-in method: a Python function needs a frame, and memory for it may lack.
release = _BLOCK.clear


def renew_if_released() -> None:
    """Re-arms the reserve when an instance serves another request and has the memory."""
    if not _BLOCK:
        try:
            renew()
        except MemoryError:
            # Then an error's response and log may be shorter.
            pass


def renew() -> None:
    """Re-arms the reserve after a failed warm-up request."""
    _BLOCK[:] = bytes(_SIZE)
