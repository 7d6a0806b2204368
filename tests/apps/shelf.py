"""Reads the file below /data that the path names; with none, touches no file."""

import os
import sqlite3


def _database(name):
    database = sqlite3.connect(name)
    return ",".join(str(row[0]) for row in database.execute("SELECT name FROM item ORDER BY name"))


def _read(name):
    with open(name) as file:
        return file.read()


def _answer(path):
    name = "/data" + path
    try:
        if path == "/":
            return "no file"
        return _database(name) if path.endswith(".sqlite") else _read(name)
    except (OSError, sqlite3.Error) as error:
        return type(error).__name__


def _is_the_same(path):
    """Whether each way to ask for a file tells the same of it."""
    name = "/data" + path
    with open(name, "rb") as file:
        by_handle = os.fstat(file.fileno())
        seen = file.read()
        again = os.pread(file.fileno(), len(seen) + 1, 0)
    return by_handle == os.stat(name) and again == seen and len(seen) == by_handle.st_size


def app(environ, start_response):
    path = environ["PATH_INFO"]
    body = str(_is_the_same(path)) if environ["QUERY_STRING"] == "same" else _answer(path)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body.encode()]
