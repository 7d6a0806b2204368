"""One request by HTTP, and one connection: `/?<origin>&<host>:<port>`."""

import json
import socket
import urllib.request


def application(environ, start_response):
    origin, _, place = environ["QUERY_STRING"].partition("&")
    host, _, port = place.rpartition(":")
    with (
        urllib.request.urlopen(origin + "/echo") as response,
        socket.create_connection((host, int(port))) as sock,
    ):
        sock.sendall(b"hello")
        body = json.dumps([response.status, sock.recv(9).decode()]).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]
