"""The ends of sockets that are connected by wasi:sockets, as socket_ends.py has ends."""

import _socket
import errno
import os
from time import monotonic

import _wasgi_net

from . import network, refusal
from .outgoing_wait import wait
from .socket_ends import AnyEnd

# By level and option, the number that _wasgi_net has of it.
_OPTIONS = {
    (level, getattr(_socket, name)): number
    for number, level, name in (
        (0, _socket.SOL_SOCKET, "SO_KEEPALIVE"),
        (1, _socket.IPPROTO_TCP, "TCP_KEEPIDLE"),
        (2, _socket.IPPROTO_TCP, "TCP_KEEPINTVL"),
        (3, _socket.IPPROTO_TCP, "TCP_KEEPCNT"),
        (4, _socket.IPPROTO_IP, "IP_TTL"),
        (4, _socket.IPPROTO_IPV6, "IPV6_UNICAST_HOPS"),
        (5, _socket.SOL_SOCKET, "SO_RCVBUF"),
        (6, _socket.SOL_SOCKET, "SO_SNDBUF"),
    )
    if hasattr(_socket, name)
}


def _packed(place: tuple) -> tuple[bytes, int, int, int]:
    host, port, flow, scope = (*place, 0, 0)[:4]
    family = _socket.AF_INET6 if ":" in host else _socket.AF_INET
    return _socket.inet_pton(family, host.partition("%")[0]), port, flow, scope


def _place(found: tuple) -> tuple:
    packed, port, flow, scope = found
    if len(packed) == 4:
        return _socket.inet_ntop(_socket.AF_INET, packed), port
    return _socket.inet_ntop(_socket.AF_INET6, packed), port, flow, scope


def _worded(error: OSError, place: tuple) -> OSError:
    """With whom it is about, and the cure where the host refuses."""
    host, port = network.name_of(place[0]) or place[0], place[1]
    if error.errno == errno.EACCES:
        why = f"the host lets no socket connect to {host}:{port}; `wasgi serve {network.flag(host, port)}` does"
    elif error.errno == errno.EMFILE:
        why = "the sandbox has as many sockets as its host allows (--net-sockets)"
    else:
        return OSError(error.errno, os.strerror(error.errno))
    return refusal.error(error.errno, why)


def _again(timeout: float | None) -> OSError:
    """What a call that would wait raises when its time is over."""
    if timeout == 0:
        return BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return TimeoutError("timed out")


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
            self._tcp = _wasgi_net.Tcp(*_packed(place))
        except OSError as error:
            raise _worded(error, place) from None

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
            self._fail(_worded(error, self._place))
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
                raise _again(timeout)
        return taken

    def receive(self, size: int, is_peek: bool, timeout: float | None) -> bytes:
        if not self.is_readable() and (timeout == 0 or not self._wait(self.is_readable, timeout)):
            raise _again(timeout)
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
        return _place(self._tcp.address(False))

    def local(self) -> tuple | None:
        return None if self._failure is not None else _place(self._tcp.address(True))

    def take_error(self) -> int:
        failure = self._failure if self._is_decided() else None
        if self._is_joined:
            self._failure = None
        return failure.errno if failure is not None else 0

    def set(self, level: int, option: int, value: int) -> None:
        number = _OPTIONS.get((level, option))
        if number is not None and self._failure is None:
            self._tcp.set(number, value)


# Bytes that are handed to the host in one call.
_PIECE = 1 << 16


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
            raise _worded(error, ("::" if is_six else "0.0.0.0", 0)) from None

    def connect(self, place: tuple) -> None:
        try:
            self._udp.connect(*_packed(place))
        except OSError as error:
            raise _worded(error, place) from None
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
        packed = None if place is None else _packed(place)
        try:
            while not self._udp.send(data, packed):
                if timeout == 0 or not wait(self.is_writable, lambda: self.watched(False, True), timeout):
                    raise _again(timeout)
        except PermissionError as error:
            raise _worded(error, place or self._remote) from None
        return len(memoryview(data).cast("B"))

    def receive(self, size: int, is_peek: bool, timeout: float | None) -> bytes:
        return self.receive_from(size, is_peek, timeout)[0]

    def receive_from(self, size: int, is_peek: bool, timeout: float | None) -> tuple:
        ready = self.is_readable()
        if not ready and (
            timeout == 0 or not wait(self.is_readable, lambda: self.watched(True, False), timeout)
        ):
            raise _again(timeout)
        self._take_failure()
        data, place = self._arrived
        if not is_peek:
            self._arrived = None
        return data[:size], _place(place)

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
        return _place(self._udp.address(True))
