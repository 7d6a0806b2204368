"""Requests to others by what the standard library has: `/<way>?<origin>`."""

import asyncio
import http.client
import json
import socket
import ssl
import urllib.request
from urllib.parse import urlsplit


def _chain(error):
    """Names of an exception and of what it stands for, and its text."""
    reason = getattr(error, "reason", None)
    names = [type(error).__name__, *([type(reason).__name__] if isinstance(reason, Exception) else [])]
    return [*names, str(error)]


def _connection(origin):
    parts = urlsplit(origin)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname, parts.port, timeout=20)


def get(origin, path="/echo"):
    with urllib.request.urlopen(origin + path) as response:
        return [response.status, response.read().decode()]


def redirected(origin):
    return get(origin, "/redirect?/echo")


def chunked(origin):
    return get(origin, "/chunked")


def closing(origin):
    return get(origin, "/close")


def again(origin):
    connection, told = _connection(origin), []
    for _ in range(3):
        connection.request("GET", "/echo")
        told.append(json.loads(connection.getresponse().read()))
    return [[each["connection"], each["number"]] for each in told]


def head(origin):
    connection = _connection(origin)
    connection.request("HEAD", "/echo")
    response = connection.getresponse()
    return [response.status, int(response.headers["Content-Length"]) > 0, response.read().decode()]


def posted(origin):
    request = urllib.request.Request(origin + "/echo", b"x" * 3_000_000, {"X-Mine": "a, b"}, method="PUT")
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def streamed(origin):
    connection = _connection(origin)
    pieces = (b"y" * 70_000 for _ in range(30))
    connection.request("POST", "/echo", pieces, {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    return json.loads(connection.getresponse().read())


def large(origin):
    """A response that is larger than the sandbox's memory may be."""
    connection, size = _connection(origin), 0
    connection.request("GET", f"/large?{256 << 20}")
    response = connection.getresponse()
    while piece := response.read(1 << 16):
        size += len(piece)
    return size


def slow(origin):
    urllib.request.urlopen(origin + "/silent", timeout=0.2)


def broken(origin):
    return get(origin, "/broken")


def unverified(origin):
    return urllib.request.urlopen(origin + "/echo", context=ssl._create_unverified_context()).status


def no_http(origin):
    parts = urlsplit(origin)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(b"*1\r\n$4\r\nPING\r\n")


def listening(origin):
    parts = urlsplit(origin)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        return connection.recv(1)


def names(origin):
    parts = urlsplit(origin)
    found = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
    return [[*place][:2] for *_, place in found]


def streams(origin):
    return asyncio.run(_streams(urlsplit(origin)))


async def _streams(parts):
    context = ssl.create_default_context() if parts.scheme == "https" else None
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=context)
    writer.write(f"GET /echo HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode())
    said = await reader.read()
    writer.close()
    return said.decode().splitlines()[0]


def together(origin):
    """Five that take half a second each."""
    return asyncio.run(_together(urlsplit(origin)))


async def _together(parts):
    async def one():
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"GET /slow?500 HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
        said = await reader.read()
        writer.close()
        return said[-4:].decode()

    began = asyncio.get_running_loop().time()
    found = await asyncio.gather(*(one() for _ in range(5)))
    return [*found, asyncio.get_running_loop().time() - began < 2]


def application(environ, start_response):
    way = globals()[environ["PATH_INFO"].strip("/")]
    try:
        said = way(environ["QUERY_STRING"])
    except (OSError, http.client.HTTPException) as error:
        said = _chain(error)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]
