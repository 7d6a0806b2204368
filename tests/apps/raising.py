"""Goes wrong at the point the path names."""


class _Closing:
    def __iter__(self):
        yield b"whole"

    def close(self):
        raise RuntimeError("raised in close")


def _first():
    raise RuntimeError("raised before the first block")
    yield


def _second():
    yield b"a first block"
    raise RuntimeError("raised after the first block")


_ITERABLES = {
    "first": _first,
    "second": _second,
    "close": _Closing,
    "text": lambda: ["str, not bytes"],
    "short": lambda: [b"less than announced"],
}


def app(environ, start_response):
    kind = environ["PATH_INFO"].rpartition("/")[2]
    if kind == "call":
        raise RuntimeError("raised in the call")
    if kind == "silent":
        return [b"a body without a head"]
    length = [("Content-Length", "99")] if kind == "short" else []
    start_response("200 OK", [("Content-Type", "text/plain"), *length])
    return _ITERABLES[kind]()
