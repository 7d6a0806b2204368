"""`_socket` without descriptors: what Linux has can be named, made and set; others are reached by HTTP, or by
wasi:sockets.

guest/src/small_modules.c calls `complete` when `_socket` is imported.
"""

import _socket
import errno
import sys

from . import network, outgoing
from .socket_ends import NO_NETWORK, End, close, dup, end_of, error, open_end
from .socket_names import FUNCTIONS
from .socket_network import Networked
from .socket_numbers import NUMBERS

_MSG_DONTWAIT = NUMBERS["MSG_DONTWAIT"]


class socket(Networked):
    """A socket that is connected to nobody, to the other of a pair in memory, or to others.

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
            self._end = End(self._kind == _socket.SOCK_STREAM)
            self._descriptor = open_end(self._end)
        else:
            self._end = end_of(fileno)
            if self._end is None:
                raise error(errno.ENOTSOCK, "a sandbox has no sockets but those that it made")
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
            place = self._place_of(address)
            if network.reaches(*place[:2]):
                self._join(place)
                return
            end = outgoing.connect(place, self.timeout) if self._kind == _socket.SOCK_STREAM else None
            if end is not None:
                self._put(end)
                return
        raise self._unreachable(address)

    def connect_ex(self, address):
        try:
            self.connect(address)
        except _socket.gaierror:
            raise
        except TimeoutError as late:
            # As CPython: the time of the program's is EAGAIN, that of the network its own.
            return late.errno or errno.EAGAIN
        except OSError as refused:
            return refused.errno
        return 0

    def _unreachable(self, address) -> OSError:
        # What a firewall answers in the name of who is asked; of datagrams, what a machine without a network
        # says itself. Programs are prepared for both.
        if self._kind != _socket.SOCK_STREAM:
            is_udp = self._kind == _socket.SOCK_DGRAM and isinstance(address, tuple)
            return error(errno.ENETUNREACH, network.refusal(*address[:2]) if is_udp else NO_NETWORK)
        return error(errno.ECONNREFUSED, outgoing.refusal(address))

    def bind(self, address):
        sys.audit("socket.bind", self, address)
        is_any = isinstance(address, tuple) and address[0] in ("", "0.0.0.0", "::") and address[1] == 0
        if is_any and network.is_open():
            # Wherever it connects from.
            return
        raise error(errno.EACCES, "nobody reaches a sandbox but by its request")

    def listen(self, backlog=0):
        raise error(errno.EACCES, "nobody reaches a sandbox but by its request")

    def _accept(self):
        raise error(errno.EINVAL, "nobody reaches a sandbox but by its request")

    def getsockname(self):
        if (local := self._end.local()) is not None:
            return local
        names = {_socket.AF_INET: ("0.0.0.0", 0), _socket.AF_INET6: ("::", 0, 0, 0)}
        return names.get(self._family, "")

    def getpeername(self):
        return self._joined().address()

    def _joined(self):
        if self._descriptor == -1:
            raise error(errno.EBADF, "the socket is closed")
        # Another socket of this descriptor may have connected.
        self._end = end_of(self._descriptor) or self._end
        if not self._end.is_connected():
            raise error(errno.ENOTCONN)
        return self._end

    def send(self, data, flags=0):
        return self._joined().send(data, self._wait(flags))

    def sendall(self, data, flags=0):
        view = memoryview(data).cast("B")
        while view:
            view = view[self.send(view) :]

    def sendto(self, data, *arguments):
        sys.audit("socket.sendto", self, arguments[-1])
        if self._kind == _socket.SOCK_DGRAM and self._family in (_socket.AF_INET, _socket.AF_INET6):
            place = self._place_of(arguments[-1])
            if network.reaches(*place[:2]):
                return self._datagrams().send_to(data, place, self.timeout)
            raise self._unreachable(place)
        if not self._end.is_connected():
            raise self._unreachable(arguments[-1])
        return self.send(data)

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None):
        if ancdata:
            raise error(errno.EINVAL, "a sandbox has no descriptors to send")
        data = b"".join(buffers)
        return self.send(data) if address is None else self.sendto(data, address)

    def sendmsg_afalg(self, msg=(), **_):
        raise error(errno.EOPNOTSUPP, "the kernel computes nothing for a sandbox")

    def recv(self, bufsize, flags=0):
        end = self._joined()
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        return end.receive(bufsize, bool(flags & _socket.MSG_PEEK), self._wait(flags))

    def _wait(self, flags) -> float | None:
        """For how long a call may wait."""
        return 0.0 if flags & _MSG_DONTWAIT else self.timeout

    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data)

    def recvfrom(self, bufsize, flags=0):
        end = self._joined()
        if bufsize < 0:
            raise ValueError("negative buffersize in recvfrom")
        return end.receive_from(bufsize, bool(flags & _socket.MSG_PEEK), self._wait(flags))

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast("B")
        data, place = self.recvfrom(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data), place

    def recvmsg(self, bufsize, ancbufsize=0, flags=0):
        data, place = self.recvfrom(bufsize, flags)
        return data, [], 0, place

    def recvmsg_into(self, buffers, ancbufsize=0, flags=0):
        return self.recv_into(next(iter(buffers)), 0, flags), [], 0, None

    def shutdown(self, how):
        self._joined().shutdown(how != _socket.SHUT_WR, how != _socket.SHUT_RD)

    def setsockopt(self, level, option, value, length=None):
        self._options[level, option] = value = bytes(length) if value is None else value
        self._set(level, option, value)

    def getsockopt(self, level, option, size=0):
        if level == _socket.SOL_SOCKET and option == NUMBERS["SO_ERROR"]:
            value = self._end.take_error()
            return value.to_bytes(4, "little")[:size] if size else value
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
