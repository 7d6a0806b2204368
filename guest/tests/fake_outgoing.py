"""A stand-in for the C module `_wasgi_outgoing`: a host that answers as a test says."""

import sys
import types
from typing import ClassVar


class Failure(Exception):
    """As _wasgi_outgoing.Failure."""


class Exchange:
    """Records the request; the test sets what comes back, piece by piece."""

    #: What the next one is answered with: a head, and pieces of a body. A Failure in place of one is raised.
    answer: ClassVar[list] = [(200, []), b""]
    made: ClassVar[list] = []

    def __init__(self, *arguments):
        self.head, (self.fields, self.has_body, self.connect) = arguments[:4], arguments[4:]
        self.body, self.is_whole, self.is_closed = b"", False, False
        self._answer = list(Exchange.answer)
        Exchange.made.append(self)

    def room(self):
        return 5

    def write(self, data):
        self.body += bytes(data[:5])
        return len(data[:5])

    def finish(self):
        self.is_whole = True

    def response(self):
        return self._next()

    def read(self):
        return self._next() if self._answer else b""

    def _next(self):
        found = self._answer.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def close(self):
        self.is_closed = True


def install() -> types.ModuleType:
    """Puts it where the guest's modules look: a host that says nothing, before there are requests."""
    module = types.ModuleType("_wasgi_outgoing")
    module.Failure, module.Exchange = Failure, Exchange
    module.is_open, module.origins, module.wait = lambda: False, lambda: None, lambda pairs, seconds: None
    return sys.modules.setdefault("_wasgi_outgoing", module)
