"""Says when it begins to wait, in the way that the path names, and when its app iterable is closed."""

import time

_FOREVER = 3600


def _sleep(body):
    time.sleep(_FOREVER)


def _read(body):
    body.read()


def _compute(body):
    while True:
        pass


_WAYS = {"sleep": _sleep, "read": _read, "compute": _compute}


class _Waiting:
    def __init__(self, environ, first: bytes):
        self._path = environ["PATH_INFO"]
        self._wait = _WAYS[self._path.rpartition("/")[2]]
        self._body = environ["wsgi.input"]
        self._first = first

    def __iter__(self):
        return self

    def __next__(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        print("waiting", self._path, flush=True)
        self._wait(self._body)
        return b"more"

    def close(self):
        print("closed", self._path)


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return _Waiting(environ, b"first" if "later" in environ["PATH_INFO"] else b"")
