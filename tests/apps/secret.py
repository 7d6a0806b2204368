"""Spreads a secret over its memory, then waits for the client: whoever looks for it can see that it is there.

It goes out masked, so that it never stands in the host's own buffers as it is.
"""

import os

_kept = []


def app(environ, start_response):
    secret = os.urandom(32)
    # Small blocks in recycled memory and a large one in memory of its own, reachable until the very end.
    _kept.append([secret + bytes([number]) for number in range(200)])
    _kept.append(secret * (4 << 15))
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield bytes(byte ^ 0xFF for byte in secret).hex().encode()
    environ["wsgi.input"].read()
