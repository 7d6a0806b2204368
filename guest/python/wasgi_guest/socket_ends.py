"""What descriptors of sockets stand for: an end of a pair in the sandbox's own memory, or nothing yet.

What is connected to others has an end of the same form (outgoing.py, network_stream.py).
"""

import errno
import os

from . import refusal

NO_NETWORK = "a sandbox has no network"
# Descriptors of ours begin behind those of files (guest/src/vfs.h, vfs_held.h).
_FIRST = 1 << 30
# By descriptor.
_ends: dict[int, "AnyEnd"] = {}


class AnyEnd:
    """What all ends have in common."""

    def __init__(self):
        self.descriptors = 0

    def is_connected(self) -> bool:
        return True

    def is_hung_up(self) -> bool:
        """Whether nobody is at the other end."""
        return not self.is_connected()

    def receive_from(self, size: int, is_peek: bool, timeout: float | None) -> tuple:
        """Bytes, and whose they are, where that is known."""
        return self.receive(size, is_peek, timeout), None

    def close(self) -> None:
        """Called when no descriptor stands for it any more."""
        self.shutdown(True, True)

    def local(self) -> tuple | None:
        """The address of this end; None where it has none."""
        return None

    def take_error(self) -> int:
        """What SO_ERROR is; it is told once."""
        return 0

    def set(self, level: int, option: int, value: int) -> None:
        """Called for each option that the program sets."""


class End(AnyEnd):
    def __init__(self, is_stream: bool = True):
        super().__init__()
        self._is_stream = is_stream
        self._arrived: list[bytes] = []
        self.peer: End | None = None
        self._is_over = False

    def is_connected(self) -> bool:
        return self.peer is not None

    def is_readable(self) -> bool:
        return bool(self._arrived) or self._is_over or self.peer is None

    def is_writable(self) -> bool:
        return True

    def watched(self, reads: bool, writes: bool) -> list:
        """What outside of the sandbox can make it ready, as _wasgi_outgoing.wait() takes it."""
        return []

    def send(self, data, timeout: float | None) -> int:
        if self.peer._is_over:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if data := bytes(data):
            self.peer._arrived.append(data)
        return len(data)

    def receive(self, size: int, is_peek: bool, timeout: float | None) -> bytes:
        if not self._arrived:
            return self._nothing(timeout)
        arrived = self._arrived[0]
        if is_peek:
            return arrived[:size]
        if self._is_stream and len(arrived) > size:
            self._arrived[0] = arrived[size:]
        else:
            del self._arrived[0]
        return arrived[:size]

    def _nothing(self, timeout: float | None) -> bytes:
        if self._is_over:
            return b""
        if timeout is None:
            raise error(errno.EDEADLK, "nobody else is there who could send")
        if timeout:
            raise TimeoutError("timed out")
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    def shutdown(self, reads: bool, writes: bool) -> None:
        if writes and self.peer is not None:
            # From now on, nothing comes to the other end.
            self.peer._is_over = True
        self._is_over = self._is_over or reads

    def address(self):
        """Of the other one."""
        return ""


def end_of(descriptor: int) -> AnyEnd | None:
    """Gives what a descriptor of a socket stands for, None for all others."""
    return _ends.get(descriptor)


def error(number: int, why: str = NO_NETWORK) -> OSError:
    return refusal.error(number, why)


def open_end(end) -> int:
    """Gives a new descriptor for it."""
    descriptor = max(_ends, default=_FIRST) + 1
    _ends[descriptor] = end
    end.descriptors += 1
    return descriptor


def put(descriptor: int, end) -> None:
    """From now on the descriptor stands for another end."""
    _ends[descriptor].descriptors -= 1
    _ends[descriptor] = end
    end.descriptors += 1


def close(fd):
    """As socket.close(): the number itself."""
    end = _ends.pop(int(fd), None)
    if end is None:
        raise error(errno.EBADF, "no socket of this sandbox")
    end.descriptors -= 1
    if not end.descriptors:
        end.close()


def dup(fd):
    end = _ends.get(int(fd))
    if end is None:
        raise error(errno.EBADF, "no socket of this sandbox")
    return open_end(end)
