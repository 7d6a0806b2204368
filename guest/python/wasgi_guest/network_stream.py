"""The end of a socket for TCP over wasi:sockets, as socket_ends.py has ends."""

import errno
import os
from time import monotonic

import _wasgi_net

from .network_ends import OPTIONS, again, from_host, to_host, worded
from .outgoing_wait import wait
from .socket_ends import AnyEnd

# Bytes that are handed to the host in one call.
_PIECE = 1 << 16


class Stream(AnyEnd):
    """A connection by TCP, or one that is being made."""

    def __init__(self, place: tuple):
        super().__init__()
        self._place = place
        self._is_joined = False
        self._failure: OSError | None = None
        # What the program has not read yet.
        self._arrived = b""
        self._is_at_end = False
        self._until = monotonic() + _wasgi_net.patience()
        try:
            self._tcp = _wasgi_net.Tcp(*to_host(place))
        except OSError as error:
            raise worded(error, place) from None

    def join(self, timeout: float | None) -> None:
        """Waits until it is connected, and raises what comes instead."""
        if self._is_decided():
            self._raise_failure()
            return
        if timeout == 0:
            raise BlockingIOError(errno.EINPROGRESS, os.strerror(errno.EINPROGRESS))
        if not self._wait(self._is_decided, timeout):
            raise TimeoutError("timed out")
        self._raise_failure()

    def is_joining(self) -> bool:
        return not self._is_decided()

    def has_failed(self) -> bool:
        return self._failure is not None

    def _wait(self, ready, timeout: float | None, reads: bool = True) -> bool:
        """Whether it is ready; for as long as the host lets a connection be made, where it is."""
        if not self._is_decided():
            left = max(self._until - monotonic(), 0.0)
            if timeout is None or timeout > left:
                wait(ready, lambda: self.watched(reads, not reads), left)
                return ready()
        return wait(ready, lambda: self.watched(reads, not reads), timeout)

    def _is_decided(self) -> bool:
        if self._is_joined or self._failure is not None:
            return True
        try:
            self._is_joined = self._tcp.finish()
        except OSError as error:
            self._fail(worded(error, self._place))
        if not self._is_joined and self._failure is None and monotonic() >= self._until:
            self._fail(TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)))
        return self._is_joined or self._failure is not None

    def _fail(self, failure: OSError) -> None:
        self._failure = failure
        self._tcp.close()

    def _raise_failure(self) -> None:
        failure = self._failure
        if failure is None:
            return
        if self._is_joined:
            # Told once: from then on it is closed.
            self._failure = None
        raise failure.with_traceback(None)

    def is_readable(self) -> bool:
        if not self._is_decided():
            return False
        if not (self._arrived or self._is_at_end or self._failure):
            self._take()
        return bool(self._arrived or self._is_at_end or self._failure)

    def _take(self) -> None:
        try:
            data = self._tcp.read()
        except OSError as error:
            self._fail(error)
            return
        if data is not None:
            self._arrived, self._is_at_end = data, not data

    def is_writable(self) -> bool:
        if not self._is_decided():
            return False
        try:
            return self._failure is not None or self._tcp.room() > 0
        except OSError:
            # To send tells.
            return True

    def is_hung_up(self) -> bool:
        return self._failure is not None

    def watched(self, reads: bool, writes: bool) -> list:
        if not self._is_joined:
            return [] if self._failure else [(self._tcp, True)]
        return [(self._tcp, each) for each, is_wanted in ((False, reads), (True, writes)) if is_wanted]

    def send(self, data, timeout: float | None) -> int:
        view = memoryview(data).cast("B")
        until = None if timeout is None else monotonic() + timeout
        taken = 0
        while taken < len(view):
            self._raise_failure()
            taken += self._tcp.write(view[taken : taken + _PIECE]) if self._is_decided() else 0
            if taken == len(view) or self.is_writable():
                continue
            left = None if until is None else max(until - monotonic(), 0.0)
            if timeout == 0 or not self._wait(self.is_writable, left, reads=False):
                if taken:
                    break
                raise again(timeout)
        return taken

    def receive(self, size: int, is_peek: bool, timeout: float | None) -> bytes:
        if not self.is_readable() and (timeout == 0 or not self._wait(self.is_readable, timeout)):
            raise again(timeout)
        if not self._arrived:
            self._raise_failure()
            return b""
        data = self._arrived[:size]
        if not is_peek:
            self._arrived = self._arrived[size:]
        return bytes(data)

    def shutdown(self, reads: bool, writes: bool) -> None:
        self._raise_failure()
        self._tcp.shutdown(reads, writes)
        self._is_at_end = self._is_at_end or reads

    def close(self) -> None:
        self._tcp.close()

    def address(self) -> tuple:
        if not self._is_decided() or self._failure is not None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return from_host(self._tcp.address(False))

    def local(self) -> tuple | None:
        return None if self._failure is not None else from_host(self._tcp.address(True))

    def take_error(self) -> int:
        failure = self._failure if self._is_decided() else None
        if self._is_joined:
            self._failure = None
        return failure.errno if failure is not None else 0

    def set(self, level: int, option: int, value: int) -> None:
        number = OPTIONS.get((level, option))
        if number is not None and self._failure is None:
            self._tcp.set(number, value)
