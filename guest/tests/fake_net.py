"""A stand-in for the C module `_wasgi_net`: a host that answers as a test says."""

import math
import sys
import types
from typing import ClassVar


class Unresolved(Exception):
    """As _wasgi_net.Unresolved."""


class Tcp:
    """Records what is sent; the test sets what comes back, piece by piece. An exception there is raised."""

    #: What finish() and read() give.
    joins: ClassVar[list] = [True]
    answer: ClassVar[list] = [b""]

    def __init__(self, *address):
        self.at, self.sent, self.settings, self.is_closed = address, b"", [], False
        self._joins, self._answer = list(Tcp.joins), list(Tcp.answer)

    def finish(self):
        return _given(self._joins.pop(0))

    def read(self):
        return _given(self._answer.pop(0)) if self._answer and not self.is_closed else b""

    def room(self):
        return 5

    def write(self, data):
        if self.is_closed:
            raise BrokenPipeError(32, "Broken pipe")
        self.sent += bytes(data[:5])
        return len(data[:5])

    def set(self, option, value):
        self.settings.append((option, value))

    def address(self, is_local):
        return (b"\x7f\0\0\1", 1, 0, 0) if is_local else self.at

    def shutdown(self, reads, writes):
        self.settings.append((reads, writes))

    def close(self):
        self.is_closed = True


class Lookup:
    """Gives the addresses that the test has set, after having nothing once."""

    found: ClassVar[list] = []

    def __init__(self, name):
        self._found = [None, *Lookup.found, b""]

    def next(self):
        return _given(self._found.pop(0))


def _given(answer):
    if isinstance(answer, Exception):
        raise answer
    return answer


def install() -> None:
    """Puts it where the guest's modules look: there is no network."""
    module = types.ModuleType("_wasgi_net")
    module.Unresolved, module.Tcp, module.Lookup = Unresolved, Tcp, Lookup
    module.is_open, module.granted, module.patience = lambda: False, lambda: None, lambda: math.inf
    sys.modules.setdefault("_wasgi_net", module)
