"""Attacks on the sandbox: one function each, without arguments, run by `attacking.py`."""

# Deeper than Python and the C of the interpreter may go.
DEPTH = 30_000


def nest(wrap, innermost=None, depth=DEPTH):
    """Something wrapped `depth` times."""
    for _ in range(depth):
        innermost = wrap(innermost)
    return innermost
