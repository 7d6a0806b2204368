"""The end of a socket for UDP over wasi:sockets, as socket_ends.py has ends."""

import errno
import os

import _wasgi_net

from .network_ends import again, from_host, to_host, worded
from .outgoing_wait import wait
from .socket_ends import AnyEnd


class Datagrams(AnyEnd):
    """A socket for UDP."""

    def __init__(self, is_six: bool):
        super().__init__()
        self._remote: tuple | None = None
        self._arrived: tuple[bytes, tuple] | None = None
        self._failure: OSError | None = None
        try:
            self._udp = _wasgi_net.Udp(is_six)
        except OSError as error:
            raise worded(error, ("::" if is_six else "0.0.0.0", 0)) from None

    def connect(self, place: tuple) -> None:
        try:
            self._udp.connect(*to_host(place))
        except OSError as error:
            raise worded(error, place) from None
        self._remote = place

    def is_readable(self) -> bool:
        if self._arrived is None and self._failure is None:
            try:
                self._arrived = self._udp.receive()
            except OSError as error:
                self._failure = error
        return self._arrived is not None or self._failure is not None

    def is_writable(self) -> bool:
        try:
            return self._udp.room()
        except OSError:
            return True

    def watched(self, reads: bool, writes: bool) -> list:
        return [(self._udp, each) for each, is_wanted in ((False, reads), (True, writes)) if is_wanted]

    def send(self, data, timeout: float | None) -> int:
        if self._remote is None:
            raise OSError(errno.EDESTADDRREQ, os.strerror(errno.EDESTADDRREQ))
        return self.send_to(data, None, timeout)

    def send_to(self, data, place: tuple | None, timeout: float | None) -> int:
        address = None if place is None else to_host(place)
        try:
            while not self._udp.send(data, address):
                if timeout == 0 or not wait(self.is_writable, lambda: self.watched(False, True), timeout):
                    raise again(timeout)
        except PermissionError as error:
            raise worded(error, place or self._remote) from None
        return len(memoryview(data).cast("B"))

    def receive(self, size: int, is_peek: bool, timeout: float | None) -> bytes:
        return self.receive_from(size, is_peek, timeout)[0]

    def receive_from(self, size: int, is_peek: bool, timeout: float | None) -> tuple:
        ready = self.is_readable()
        if not ready and (
            timeout == 0 or not wait(self.is_readable, lambda: self.watched(True, False), timeout)
        ):
            raise again(timeout)
        self._take_failure()
        data, place = self._arrived
        if not is_peek:
            self._arrived = None
        return data[:size], from_host(place)

    def _take_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def take_error(self) -> int:
        failure, self._failure = self._failure, None
        return failure.errno if failure is not None else 0

    def shutdown(self, reads: bool, writes: bool) -> None:
        pass

    def close(self) -> None:
        self._udp.close()

    def address(self) -> tuple:
        if self._remote is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return self._remote

    def local(self) -> tuple:
        return from_host(self._udp.address(True))
