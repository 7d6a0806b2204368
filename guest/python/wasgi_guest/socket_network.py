"""How a socket of sockets.py connects by wasi:sockets."""

import _socket
import contextlib
import errno
import os

from .socket_ends import End, error, put


class Networked:
    """The part of `socket.socket` that this is."""

    __slots__ = ()

    def _place_of(self, address) -> tuple:
        """The first place that an address stands for."""
        found = _socket.getaddrinfo(*address[:2], self._family, self._kind)
        return found[0][4][:2] + address[2:]

    def _put(self, end):
        put(self._descriptor, end)
        self._end = end
        return end

    def _join(self, place) -> None:
        """Connects by wasi:sockets."""
        from .network_stream import Stream

        if self._kind == _socket.SOCK_DGRAM:
            self._datagrams().connect(place)
            return
        if self._kind != _socket.SOCK_STREAM:
            raise error(errno.EACCES, "a sandbox has sockets for TCP and UDP alone")
        if isinstance(self._end, Stream) and not self._end.has_failed():
            number = errno.EALREADY if self._end.is_joining() else errno.EISCONN
            raise OSError(number, os.strerror(number))
        end = self._put(Stream(place))
        for (level, option), value in self._options.items():
            self._set(level, option, value)
        try:
            end.join(self.timeout)
        except BlockingIOError:
            raise
        except OSError:
            # As on Linux, it may be connected again.
            end.close()
            self._put(End())
            raise

    def _datagrams(self):
        """The end for UDP, made when it is first needed."""
        from .network_datagrams import Datagrams

        if isinstance(self._end, Datagrams):
            return self._end
        return self._put(Datagrams(self._family == _socket.AF_INET6))

    def _set(self, level, option, value) -> None:
        with contextlib.suppress(OSError):
            self._end.set(level, option, value if isinstance(value, int) else int.from_bytes(value, "little"))
