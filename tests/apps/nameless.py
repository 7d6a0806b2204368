"""What calls that take a path say of an empty one."""

import os

CALLS = {
    "stat": lambda: os.stat(""),
    "listdir": lambda: os.listdir(""),
    "open": lambda: os.open("", os.O_RDONLY),
    "mkdir": lambda: os.mkdir(""),
    "rename": lambda: os.rename("", "/tmp/x"),
    "chdir": lambda: os.chdir(""),
    "chmod": lambda: os.chmod("", 0o600),
    "isdir": lambda: os.path.isdir(""),
    "access": lambda: os.access("", os.F_OK),
}


def _tried(call):
    try:
        return call()
    except OSError as error:
        return type(error).__name__


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{name}: {_tried(call)}\n".encode() for name, call in CALLS.items()]
