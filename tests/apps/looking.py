"""Looks for the machine it runs on, as JSON: variables, files, what it can write, start and reach."""

import json
import os
import socket
import subprocess
import sys

_PLACES = ("/app/new", "/app/looking.py", os.__file__, "/new", "new", "../new")

# Every sandbox has these from itself.
_OWN = {"HOME": "/tmp", "LOGNAME": "wasgi", "USER": "wasgi"}


def _error_of(action, *arguments) -> str:
    try:
        return f"no error: {action(*arguments)!r}"
    except Exception as error:
        return type(error).__name__ if not isinstance(error, OSError) else f"OSError: {type(error).__name__}"


def _write(path: str) -> int:
    with open(path, "w") as file:
        return file.write("x")


def _connect():
    return socket.create_connection(("127.0.0.1", 80), timeout=1)


def app(environ, start_response):
    seen = {
        "variables": {name: value for name, value in os.environ.items() if _OWN.get(name) != value},
        "arguments": sys.argv,
        "folder": os.getcwd(),
        "root": sorted(os.listdir("/")),
        "passwd": _error_of(open, "/etc/passwd"),
        "outside": _error_of(open, "/app/../../../etc/passwd"),
        "write": {place: _error_of(_write, place) for place in _PLACES},
        "remove": _error_of(os.remove, "/app/looking.py"),
        "rename": _error_of(os.rename, "/app/looking.py", "/app/renamed.py"),
        "make folder": _error_of(os.mkdir, "/app/folder"),
        "connect": _error_of(_connect),
        "start": _error_of(subprocess.run, ["/bin/true"]),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]
