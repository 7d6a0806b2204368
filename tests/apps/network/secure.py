"""TLS over connections, by `ssl` with the authority of ca.pem: `/<way>?<host>:<port>`."""

import asyncio
import json
import select
import socket
import ssl
from pathlib import Path


def _until_read(sock, size):
    data = b""
    while len(data) < size:
        if not (piece := sock.recv(65536)):
            break
        data += piece
    return data


def _context():
    return ssl.create_default_context(cafile=Path(__file__).with_name("ca.pem"))


def blocking(place):
    raw = socket.create_connection(place, timeout=20)
    with _context().wrap_socket(raw, server_hostname=place[0]) as sock:
        sock.sendall(b"secret" * 50_000)
        got = _until_read(sock, 300_000)
        names = sock.getpeercert()["subjectAltName"]
        return [sock.version(), got == b"secret" * 50_000, ("DNS", place[0]) in names]


def nonblocking(place):
    raw = socket.create_connection(place, timeout=20)
    raw.setblocking(False)
    sock = _context().wrap_socket(raw, server_hostname=place[0], do_handshake_on_connect=False)

    def until(call, *arguments):
        while True:
            try:
                return call(*arguments)
            except ssl.SSLWantReadError:
                select.select([sock], [], [], 20)
            except ssl.SSLWantWriteError:
                select.select([], [sock], [], 20)

    until(sock.do_handshake)
    until(sock.send, b"hello")
    return until(sock.recv, 9).decode()


def streams(place):
    async def main():
        reader, writer = await asyncio.open_connection(*place, ssl=_context())
        writer.write(b"line\n")
        line = await reader.readline()
        writer.close()
        return line.decode()

    return asyncio.run(main())


def unknown(place):
    try:
        with socket.create_connection(place, timeout=20) as raw:
            ssl.create_default_context().wrap_socket(raw, server_hostname=place[0])
    except ssl.SSLError as error:
        return [type(error).__name__, "certifi" in error.__notes__[0]]


def by_default(place):
    """By the authorities of certifi, which a test plays."""
    raw = socket.create_connection(place, timeout=20)
    with ssl.create_default_context().wrap_socket(raw, server_hostname=place[0]) as sock:
        sock.sendall(b"hello")
        return sock.recv(9).decode()


def other_name(place):
    try:
        with socket.create_connection(place, timeout=20) as raw:
            _context().wrap_socket(raw, server_hostname="elsewhere.example")
    except ssl.SSLError as error:
        return type(error).__name__


def starttls(place):
    sock = socket.create_connection(place, timeout=20)
    sock.sendall(b"STARTTLS\n")
    ready = sock.recv(9).decode()
    with _context().wrap_socket(sock, server_hostname=place[0]) as wrapped:
        wrapped.sendall(b"upgraded")
        return [ready, _until_read(wrapped, 8).decode()]


def application(environ, start_response):
    host, _, port = environ["QUERY_STRING"].rpartition(":")
    way = globals()[environ["PATH_INFO"][1:]]
    body = json.dumps(way((host.strip("[]"), int(port)))).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
