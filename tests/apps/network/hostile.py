"""What a guest does that means harm, with connections to others: `/<way>?<host>:<port>`."""

import json
import socket

from standard import attempt, silent

_HELD = []


def forged(place):
    """Other forms of a granted address, and other places; each with what came of it."""
    host, port = place
    quad = [int(part) for part in host.split(".")]
    low = f"{quad[0] << 8 | quad[1]:x}:{quad[2] << 8 | quad[3]:x}"
    hosts = [
        f"::ffff:{host}",
        f"::{host}",
        f"64:ff9b::{low}",
        f"2002:{low}::",
        "::1",
        "0.0.0.0",
        "::",
        "127.0.0.2",
        "127.1",
        "2130706433",
        "0x7f000001",
        "localhost",
        "localhost.",
        "169.254.169.254",
        "fe80::1",
        "255.255.255.255",
        "224.0.0.1",
        "example.com",
    ]
    found = {each: attempt((each, port)) for each in hosts}
    found["another port"] = attempt((host, port % 65535 + 1))
    found["itself"] = attempt(place)
    return found


def below_python(place):
    """Past wasgi_guest's own checks."""
    import _wasgi_net

    found = []
    for address in (
        b"\x7f\0\0\2",
        b"\0" * 10 + b"\xff\xff\x7f\0\0\1",
        b"\0" * 15 + b"\1",
        b"\xa9\xfe\xa9\xfe",
    ):
        try:
            tcp = _wasgi_net.Tcp(address, place[1], 0, 0)
            tcp.finish()
            found.append("connects")
        except OSError as error:
            found.append(type(error).__name__)
    for name in ("other.example", "localhost", "169.254.169.254", "a\nb.example.org", "::1"):
        try:
            _wasgi_net.Lookup(name)
            found.append("resolves")
        except (OSError, _wasgi_net.Unresolved) as error:
            found.append(type(error).__name__)
    return found


def flood(place):
    """Opens ten thousand connections and keeps what it gets."""
    found = {}
    for _ in range(10_000):
        try:
            _HELD.append(socket.create_connection(place))
            came = "connected"
        except OSError as error:
            came = type(error).__name__, error.errno
        found[str(came)] = found.get(str(came), 0) + 1
    return list(found.values())


def unread(place):
    """Asks for much and reads none of it."""
    sock = socket.create_connection(place)
    sock.sendall(b"go")
    sock.recv(1)
    _HELD.append(sock)
    return "unread"


def huge(place):
    """Reads an answer without end."""
    sock = socket.create_connection(place)
    sock.sendall(b"go")
    got = 0
    try:
        while data := sock.recv(1 << 20):
            got += len(data)
    except OSError as error:
        return [got, type(error).__name__, error.errno]


def unsent(place):
    """Writes to somebody who reads nothing, and closes."""
    sock = socket.create_connection(place)
    sock.setblocking(False)
    sent = 0
    try:
        while True:
            sent += sock.send(b"x" * 65536)
    except BlockingIOError:
        sock.close()
        return sent > 0


def held(place):
    """What an earlier request has left behind, and one more."""
    before = len(_HELD)
    _HELD.append(socket.create_connection(place))
    return [before, _HELD[-1].fileno()]


def application(environ, start_response):
    host, _, port = environ["QUERY_STRING"].rpartition(":")
    ways = (forged, below_python, flood, unread, huge, unsent, held, silent, attempt)
    ways = {each.__name__: each for each in ways}
    body = json.dumps(ways[environ["PATH_INFO"][1:]]((host, int(port)))).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
