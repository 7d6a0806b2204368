"""`_socket` where there are no sockets: all that Linux has can be named, made and set; nothing is reached.

guest/src/small_modules.c calls `complete` when `_socket` is imported. Who brings real sockets replaces this
module, socket_names.py and polling.py.
"""

import _socket
import errno
import os
import sys

from .socket_names import FUNCTIONS
from .socket_numbers import NUMBERS

_NO_NETWORK = "a sandbox has no network"
# Descriptors of ours begin behind those of files (guest/src/vfs.h, vfs_held.h).
_FIRST = 1 << 30
# By descriptor, the end of a pair that it is, or what is connected to nothing.
_ends: dict[int, "_End"] = {}


class _End:
    def __init__(self):
        self.arrived: list[bytes] = []
        self.peer: _End | None = None
        self.descriptors = 0
        self.is_over = False

    def is_readable(self) -> bool:
        return bool(self.arrived) or self.is_over or self.peer is None

    def finish(self) -> None:
        """From now on, nothing comes to the other end."""
        if self.peer is not None:
            self.peer.is_over = True


def end_of(descriptor: int) -> _End | None:
    """Gives what a descriptor of a socket stands for, None for all others."""
    return _ends.get(descriptor)


def _error(number: int, why: str = _NO_NETWORK) -> OSError:
    return OSError(number, f"{os.strerror(number)}: {why}")


def _open(end: _End) -> int:
    descriptor = max(_ends, default=_FIRST) + 1
    _ends[descriptor] = end
    end.descriptors += 1
    return descriptor


class socket:
    """A socket that connects to nobody, or is one of a pair in the sandbox's own memory.

    Making one succeeds, as it does nearly always natively: programs make sockets where they expect no error,
    and connect where they do.
    """

    __slots__ = ("_descriptor", "_end", "_family", "_kind", "_options", "proto", "timeout")

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        sys.audit("socket.__new__", self, family, type, proto)
        self._descriptor = -1
        self._family = _socket.AF_INET if family == -1 else int(family)
        kind = _socket.SOCK_STREAM if type == -1 else int(type)
        self._kind = kind & ~(_socket.SOCK_NONBLOCK | _socket.SOCK_CLOEXEC)
        self.proto = 0 if proto == -1 else int(proto)
        self.timeout = 0.0 if kind & _socket.SOCK_NONBLOCK else _socket.getdefaulttimeout()
        self._options = {}
        if fileno is None:
            self._end = _End()
            self._descriptor = _open(self._end)
        else:
            self._end = _ends.get(fileno)
            if self._end is None:
                raise _error(errno.ENOTSOCK, "a sandbox has no sockets but those that it made")
            self._descriptor = fileno

    # Properties, as socket.socket has its own of these names.
    family = property(lambda self: self._family)
    type = property(lambda self: self._kind)

    def __del__(self):
        if getattr(self, "_descriptor", -1) != -1:
            self.close()

    def close(self):
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor != -1:
            close(descriptor)

    def detach(self):
        descriptor, self._descriptor = self._descriptor, -1
        return descriptor

    def fileno(self):
        return self._descriptor

    def connect(self, address):
        sys.audit("socket.connect", self, address)
        if self._family in (_socket.AF_INET, _socket.AF_INET6):
            _socket.getaddrinfo(*address[:2], self._family)
        raise self._unreachable()

    def connect_ex(self, address):
        try:
            return self.connect(address)
        except _socket.gaierror:
            raise
        except OSError as error:
            return error.errno

    def _unreachable(self) -> OSError:
        # What a firewall answers in the name of who is asked; of datagrams, what a machine without a network
        # says itself. Programs are prepared for both.
        is_stream = self._kind == _socket.SOCK_STREAM
        return _error(errno.ECONNREFUSED if is_stream else errno.ENETUNREACH)

    def bind(self, address):
        sys.audit("socket.bind", self, address)
        raise _error(errno.EACCES, "nobody reaches a sandbox but by its request")

    def listen(self, backlog=0):
        raise _error(errno.EACCES, "nobody reaches a sandbox but by its request")

    def _accept(self):
        raise _error(errno.EINVAL, "nobody reaches a sandbox but by its request")

    def getsockname(self):
        names = {_socket.AF_INET: ("0.0.0.0", 0), _socket.AF_INET6: ("::", 0, 0, 0)}
        return names.get(self._family, "")

    def getpeername(self):
        self._other()
        return ""

    def _other(self) -> _End:
        if self._descriptor == -1:
            raise _error(errno.EBADF, "the socket is closed")
        if self._end.peer is None:
            raise _error(errno.ENOTCONN)
        return self._end.peer

    def send(self, data, flags=0):
        other = self._other()
        if other.is_over:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if data := bytes(data):
            other.arrived.append(data)
        return len(data)

    def sendall(self, data, flags=0):
        self.send(data)

    def sendto(self, data, *arguments):
        sys.audit("socket.sendto", self, arguments[-1])
        if self._end.peer is None:
            raise self._unreachable()
        return self.send(data)

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None):
        if ancdata:
            raise _error(errno.EINVAL, "a sandbox has no descriptors to send")
        return self.send(b"".join(buffers))

    def sendmsg_afalg(self, msg=(), **_):
        raise _error(errno.EOPNOTSUPP, "the kernel computes nothing for a sandbox")

    def recv(self, bufsize, flags=0):
        self._other()
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        if not self._end.arrived:
            return self._nothing()
        arrived = self._end.arrived[0]
        if flags & _socket.MSG_PEEK:
            return arrived[:bufsize]
        if self._kind == _socket.SOCK_STREAM and len(arrived) > bufsize:
            self._end.arrived[0] = arrived[bufsize:]
        else:
            del self._end.arrived[0]
        return arrived[:bufsize]

    def _nothing(self) -> bytes:
        if self._end.is_over:
            return b""
        if self.timeout is None:
            raise _error(errno.EDEADLK, "nobody else is there who could send")
        if self.timeout:
            raise TimeoutError("timed out")
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data)

    def recvfrom(self, bufsize, flags=0):
        return self.recv(bufsize, flags), None

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        return self.recv_into(buffer, nbytes, flags), None

    def recvmsg(self, bufsize, ancbufsize=0, flags=0):
        return self.recv(bufsize, flags), [], 0, None

    def recvmsg_into(self, buffers, ancbufsize=0, flags=0):
        return self.recv_into(next(iter(buffers)), 0, flags), [], 0, None

    def shutdown(self, how):
        self._other()
        if how != _socket.SHUT_RD:
            self._end.finish()
        if how != _socket.SHUT_WR:
            self._end.is_over = True

    def setsockopt(self, level, option, value, length=None):
        self._options[level, option] = bytes(length) if value is None else value

    def getsockopt(self, level, option, size=0):
        known = {_socket.SO_TYPE: self._kind, _socket.SO_DOMAIN: self._family}
        value = known.get(option, 0) if level == _socket.SOL_SOCKET else 0
        value = self._options.get((level, option), value)
        if size and isinstance(value, int):
            return value.to_bytes(4, "little")[:size]
        return value

    def setblocking(self, flag):
        self.timeout = None if flag else 0.0

    def getblocking(self):
        return self.timeout != 0.0

    def settimeout(self, value):
        if value is not None and value < 0:
            raise ValueError("Timeout value out of range")
        self.timeout = None if value is None else float(value)

    def gettimeout(self):
        return self.timeout


def close(fd):
    """As socket.close(): the number itself."""
    end = _ends.pop(int(fd), None)
    if end is None:
        raise _error(errno.EBADF, "no socket of this sandbox")
    end.descriptors -= 1
    if not end.descriptors:
        end.finish()
        end.is_over = True


def dup(fd):
    end = _ends.get(int(fd))
    if end is None:
        raise _error(errno.EBADF, "no socket of this sandbox")
    return _open(end)


def socketpair(family=None, type=None, proto=0):
    """Two ends in the sandbox's own memory."""
    family = _socket.AF_UNIX if family is None else family
    kind = _socket.SOCK_STREAM if type is None else type
    one, other = socket(family, kind, proto), socket(family, kind, proto)
    one._end.peer, other._end.peer = other._end, one._end
    return one, other


def complete(module) -> None:
    """Puts into `_socket` what it lacks, and what it has but cannot do."""
    for name, number in NUMBERS.items():
        if not hasattr(module, name):
            setattr(module, name, number)
    for function in (close, dup, socketpair, *FUNCTIONS):
        setattr(module, function.__name__, function)
    module.socket = module.SocketType = socket
    socket.__module__ = module.__name__
