"""Memory kept back, so that a request that used up all of its own can still be answered and told about."""

# Room for the answer and a traceback with its source lines; never touched, it costs a request nothing.
_BLOCK = bytearray(384 * 1024)

# Gives it back to the allocator. Not a function of ours: without memory, there may be no frame for one.
release = _BLOCK.clear
