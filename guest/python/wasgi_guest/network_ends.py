"""What the ends of sockets over wasi:sockets have in common: addresses, options and errors."""

import _socket
import errno
import os

from . import network, refusal

# By level and option, the number that _wasgi_net has of it.
OPTIONS = {
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


def to_host(place: tuple) -> tuple[bytes, int, int, int]:
    """An address of Python's, as _wasgi_net has it."""
    host, port, flow, scope = (*place, 0, 0)[:4]
    family = _socket.AF_INET6 if ":" in host else _socket.AF_INET
    return _socket.inet_pton(family, host.partition("%")[0]), port, flow, scope


def from_host(found: tuple) -> tuple:
    """The reverse."""
    address, port, flow, scope = found
    if len(address) == 4:
        return _socket.inet_ntop(_socket.AF_INET, address), port
    return _socket.inet_ntop(_socket.AF_INET6, address), port, flow, scope


def worded(error: OSError, to: tuple) -> OSError:
    """With whom it is about, and the cure where the host refuses."""
    host, port = network.name_of(to[0]) or to[0], to[1]
    if error.errno == errno.EACCES:
        why = (
            f"the host lets no socket connect to {host}:{port}; `wasgi serve {network.flag(host, port)}` does"
        )
    elif error.errno == errno.EMFILE:
        why = "the sandbox has as many sockets as its host allows (--net-sockets)"
    else:
        return OSError(error.errno, os.strerror(error.errno))
    return refusal.error(error.errno, why)


def again(timeout: float | None) -> OSError:
    """What a call that would wait raises when its time is over."""
    if timeout == 0:
        return BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return TimeoutError("timed out")
