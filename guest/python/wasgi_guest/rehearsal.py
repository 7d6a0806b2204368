"""Before the snapshot: requests that nobody made, so that real ones find everything ready.

CPython adapts code to what it meets and writes what it learns into the code: a request should find that done.
"""

import gc

import _wasgi

# Code adapts after few runs; what it cannot adapt to, it tries again after twice as many each time.
_RUNS = 64
_HEADERS = [(b"host", b"localhost"), (b"user-agent", b"wasgi"), (b"accept", b"*/*")]


def settle(requests) -> None:
    """Rehearses requests until they change little.

    Each is a function that takes a request, as the host's handler does, and the target to ask it for.
    """
    for _ in range(_RUNS):
        once(requests)
    gc.collect()


def once(requests) -> None:
    for answer, target in requests:
        answer(request_for(target))


def request_for(target: str):
    """A request that nobody made; its answer goes nowhere."""
    return _wasgi.rehearsal("GET", "http", "localhost", target, _HEADERS[:])


class Recorded:
    """A request that nobody made, with what was answered."""

    def __init__(self, target: str):
        self._request = request_for(target)
        self._headers = None
        self._blocks = []
        # None until there is an answer.
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
        """Gives status, headers and body."""
        return self.status, self._headers, b"".join(self._blocks)


def application(environ, start_response):
    """Does what most applications do; the gateway is rehearsed with it."""
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"rehearsed"]
