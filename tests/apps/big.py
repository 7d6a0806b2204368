"""Ten MiB in blocks of odd length, each byte told by its place."""

SIZE = 10 << 20
_BLOCK = 65_521  # a prime, so that blocks and the host's buffers do not end together
_PATTERN = bytes(range(251))


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    pattern = _PATTERN * (_BLOCK // len(_PATTERN) + 2)
    for start in range(0, SIZE, _BLOCK):
        shift = start % len(_PATTERN)
        yield pattern[shift : shift + min(_BLOCK, SIZE - start)]
