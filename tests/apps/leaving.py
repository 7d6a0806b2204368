"""Ends the interpreter in the way the path names, which must end this one request only."""

import os
import sys


def _interrupt():
    raise KeyboardInterrupt


_WAYS = {
    "exit": lambda: sys.exit(3),
    "_exit": lambda: os._exit(3),
    "_exit0": lambda: os._exit(0),
    "abort": os.abort,
    "interrupt": _interrupt,
}


def app(environ, start_response):
    _WAYS[environ["PATH_INFO"].rpartition("/")[2]]()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"still here"]
