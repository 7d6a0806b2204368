"""What a socket connects to: somebody who speaks HTTP/1.1, over wasi:http/outgoing-handler.

The request that a program writes is read (outgoing_request.py) and handed to the host as it comes; the host's
response is written as HTTP/1.1 (outgoing_response.py) for the program to read. TLS is the host's: what wraps
the socket sets the scheme (outgoing_tls.py). So libraries that speak HTTP/1.1 over sockets work as they are.
"""

import _wasgi_outgoing

from . import network, outgoing_names, socket_ends
from .outgoing_connection import Connection


def connect(address: tuple, timeout: float | None) -> "Connection | None":
    """Gives what a socket that connects to an address stands for; None where nothing lets it out."""
    host, port = network.name_of(address[0]) or address[0], address[1]
    if not outgoing_names.is_reachable(host, port):
        return None
    return Connection(host, port, address, timeout)


def refusal(address) -> str:
    """Why nothing connects to an address."""
    if not _wasgi_outgoing.is_open():
        return (
            "there is no network before there are requests: a connection cannot be part of a snapshot, so "
            "connect in the request"
        )
    if not isinstance(address, tuple) or outgoing_names.granted() is None:
        return socket_ends.NO_NETWORK
    host, port = network.name_of(address[0]) or address[0], address[1]
    others = f"`{network.flag(host, port)}` anything else"
    if not network.is_open():
        others += f", {network.BUILD}"
    return (
        f"a sandbox has no network; `wasgi serve {outgoing_names.flag(host, port)}` lets HTTP out, {others}"
    )
