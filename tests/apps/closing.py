"""An app iterable whose close() says so on stdout; endless where the path ends so."""

_BLOCK = b"x" * 65_536


class _Blocks:
    def __init__(self, path: str):
        self._path = path
        self._left = 1 << 30 if path.endswith("endless") else 2

    def __iter__(self):
        return self

    def __next__(self) -> bytes:
        if not self._left:
            raise StopIteration
        self._left -= 1
        return _BLOCK

    def close(self):
        print("closed", self._path)


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return _Blocks(environ["PATH_INFO"])
