"""Sends a granted file to somebody, and answers with what comes back: `/?<host>:<port>`."""

import socket
from pathlib import Path


def application(environ, start_response):
    host, _, port = environ["QUERY_STRING"].rpartition(":")
    with socket.create_connection((host, int(port))) as sock:
        sock.sendall(Path("/data/file.txt").read_bytes())
        body = sock.recv(99)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]
