"""Reads the file below /data that the path names; with none, touches no file."""

import os


def _read(name):
    with open(name) as file:
        return file.read()


def _answer(path):
    name = "/data" + path
    try:
        if path == "/":
            return "no file"
        return _read(name)
    except OSError as error:
        return type(error).__name__


def _is_the_same(path):
    """Whether each way to ask for a file tells the same of it."""
    name = "/data" + path
    with open(name, "rb") as file:
        seen = file.read()
        end = os.pread(file.fileno(), 100, max(len(seen) - 9, 0))
        # Last, as reading sets the time of the last access.
        by_handle = os.fstat(file.fileno())
    return by_handle == os.stat(name) and end == seen[-9:] and len(seen) == by_handle.st_size


def app(environ, start_response):
    path = environ["PATH_INFO"]
    body = str(_is_the_same(path)) if environ["QUERY_STRING"] == "same" else _answer(path)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body.encode()]
