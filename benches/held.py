"""Requests held open: in their sandboxes, with all that they have written, until the client lets go."""

import contextlib
import dataclasses
import shutil
import socket
from collections.abc import Iterator

from peers import WORK, App

#: The application under measurement, with a door that holds a request open: it waits for the client's byte.
HELD = """from inner import app as inner


def app(environ, start_response):
    blocks = inner(environ, start_response)
    if environ["QUERY_STRING"] != "hold":
        return blocks
    body = b"".join(blocks)
    environ["wsgi.input"].read()
    return [body]
"""
#: Seconds for an answer.
PATIENCE = 60


def held(app: App) -> App:
    """A copy of the application that holds a request on demand."""
    folder = WORK / f"{app.folder.name}-held"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(app.folder, folder)
    (folder / "app.py").rename(folder / "inner.py")
    (folder / "app.py").write_text(HELD)
    return dataclasses.replace(app, folder=folder)


@contextlib.contextmanager
def holding(port: int, requests: int) -> Iterator[None]:
    """Has that many requests of a held application open at once.

    # Errors
    RuntimeError when one is not answered with 200 afterwards.
    """
    with contextlib.ExitStack() as stack:
        clients = [socket.create_connection(("127.0.0.1", port), PATIENCE) for _ in range(requests)]
        for client in clients:
            stack.enter_context(client)
            client.sendall(b"GET /?hold HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n")
        yield
        for client in clients:
            client.sendall(b"x")
        for client in clients:
            answer = client.recv(4096)
            if b" 200 " not in answer:
                raise RuntimeError(f"a held request was answered {answer[:80]!r}")
