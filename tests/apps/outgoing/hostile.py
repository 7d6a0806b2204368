"""What a hostile guest does with requests to others, also by what is below `socket`: `/<way>?<origin>`."""

import http.client
import json
import socket
import time
from urllib.parse import urlsplit

import _wasgi_outgoing

# The exchanges that a request keeps.
_kept = []


def _send(authority, target="/echo", method="GET", fields=(), is_https=False):
    """Gives the status, or what is said in place of one."""
    try:
        exchange = _wasgi_outgoing.Exchange(method, is_https, authority, target, list(fields), False, -1.0)
        while (head := exchange.response()) is None:
            _wasgi_outgoing.wait([(exchange, False)], 10.0)
    except (_wasgi_outgoing.Failure, ValueError) as error:
        return error.args[0]
    _kept.append(exchange)
    return head[0]


def forged(origin):
    port = urlsplit(origin).port
    authorities = [
        f"127.0.0.1:{port}", f"localhost:{port}", f"127.1:{port}", f"2130706433:{port}", f"0x7f000001:{port}",
        f"0177.0.0.1:{port}", f"[::ffff:127.0.0.1]:{port}", f"[::1]:{port}", f"[::127.0.0.1]:{port}",
        f"127.0.0.1.:{port}", f"me@127.0.0.1:{port}", f"example.com@127.0.0.1:{port}", f"0.0.0.0:{port}",
        "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", f"127.0.0.1:0{port}", f"127.0.0.1:{port}\r\nX: 1",
        f"127.0.0.1:{port}/..", "169.254.169.254", "[fd00:ec2::254]", "metadata.google.internal",
        "/var/run/docker.sock", "",
    ]  # fmt: skip
    return {authority: _send(authority) for authority in authorities}


def smuggled(origin):
    authority = urlsplit(origin).netloc
    tried = {
        "target": lambda: _send(authority, "/echo HTTP/1.1\r\nX: 1\r\n\r\n"),
        "absolute": lambda: _send(authority, "http://169.254.169.254/"),
        "method": lambda: _send(authority, method="GET / HTTP/1.1\r\nX: 1\r\n\r\nGET"),
        "field": lambda: _send(authority, fields=[(b"A", b"b\r\nX: 1")]),
        "name": lambda: _send(authority, fields=[(b"A: b\r\nX", b"1")]),
        "host": lambda: _send(authority, fields=[(b"Host", b"169.254.169.254")]),
        "coding": lambda: _send(authority, fields=[(b"Transfer-Encoding", b"chunked")]),
        "length": lambda: _send(authority, fields=[(b"Content-Length", b"5")]),
    }
    return {name: attempt() for name, attempt in tried.items()}


def redirected(origin):
    connection = http.client.HTTPConnection(urlsplit(origin).netloc)
    connection.request("GET", "/redirect?http://169.254.169.254/latest/meta-data/")
    place = urlsplit(connection.getresponse().headers["Location"])
    try:
        socket.create_connection((place.hostname, 80))
    except OSError as error:
        return str(error)


def hoard(origin):
    """Requests that nobody asks about."""
    arguments = (False, urlsplit(origin).netloc, "/silent", [], False, -1.0)
    _kept.extend(_wasgi_outgoing.Exchange("GET", *arguments) for _ in range(10_000))


def looping(origin):
    for number in range(1000):
        connection = http.client.HTTPConnection(urlsplit(origin).netloc)
        try:
            connection.request("GET", "/echo")
            connection.getresponse().read()
        except OSError as error:
            return [number, type(error).__name__]
    return ["no end"]


def flood(origin):
    """Ten thousand connections, none of which is read from."""
    host, port = urlsplit(origin).hostname, urlsplit(origin).port
    said = {}
    for _ in range(10_000):
        connection = socket.create_connection((host, port))
        connection.setblocking(False)
        _kept.append(connection)
        try:
            connection.send(f"GET /silent HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            connection.recv(1)
        except BlockingIOError:
            word = "waits"
        except OSError as error:
            word = type(error).__name__ + str(error.errno)
        said[word] = said.get(word, 0) + 1
    return said


def _read(connection):
    size = 0
    while piece := connection.read(1 << 16):
        size += len(piece)
    return size


def huge(origin):
    connection = http.client.HTTPConnection(urlsplit(origin).netloc)
    connection.request("GET", "/endless")
    try:
        return _read(connection.getresponse())
    except OSError as error:
        return str(error)


def unread(origin):
    """Begins to read what has no end, and stops."""
    connection = http.client.HTTPConnection(urlsplit(origin).netloc)
    connection.request("GET", "/endless")
    _kept.append(connection.getresponse())
    _kept[-1].read(1)
    time.sleep(1)
    return "unread"


def any_of(origin):
    """What comes of an upstream that does as it likes."""
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=10)
    try:
        connection.request("GET", "/")
        return len(connection.getresponse().read())
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__


def asked(origin):
    path, _, origin = origin.partition("?")
    connection = http.client.HTTPConnection(urlsplit(origin).netloc)
    connection.request("GET", path)
    return connection.getresponse().read().decode()


def hang(origin):
    connection = http.client.HTTPConnection(urlsplit(origin).netloc)
    connection.request("GET", "/silent")
    return connection.getresponse().status


def application(environ, start_response):
    said = globals()[environ["PATH_INFO"].strip("/")](environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]
