"""Serves synthetic requests before the snapshot, so that real ones find everything ready.

CPython specializes code while it runs and writes the result into the code. After the synthetic requests, a
real request needs to write less.
"""

import gc

import _wasgi

# Code specializes after a few runs; after a failure, CPython tries again after twice as many each time.
_RUNS = 64
_HEADERS = [(b"host", b"localhost"), (b"user-agent", b"wasgi"), (b"accept", b"*/*")]


def settle(requests) -> None:
    """Serves synthetic requests until they change little.

    Each of `requests` is a function that takes a request, as the host's handler does, and a target.
    """
    for _ in range(_RUNS):
        once(requests)
    gc.collect()


def once(requests) -> None:
    for answer, target in requests:
        answer(request_for(target))


def request_for(target: str):
    """Returns a synthetic request; its response is discarded."""
    return _wasgi.rehearsal("GET", "http", "localhost", target, _HEADERS[:])


class Recorded:
    """A synthetic request that records its response."""

    def __init__(self, target: str):
        self._request = request_for(target)
        self._headers = None
        self._blocks = []
        # None until the response starts.
        self.status = None

    def __getattr__(self, name):
        return getattr(self._request, name)

    def start(self, status, headers):
        self.status, self._headers = status, headers
        self._request.start(status, headers)

    def write(self, data):
        self._blocks.append(data)
        self._request.write(data)

    def answer(self) -> tuple:
        """Returns status, headers and body."""
        return self.status, self._headers, b"".join(self._blocks)


def application(environ, start_response):
    """A typical application, to run the gateway's own code with."""
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"rehearsed"]
