"""Takes for ever, in the way the path names: in Python, in C, asleep, or after the first block."""

import re
import time


def _loop():
    while True:
        pass


def _search():
    re.match("(x+x+)+y", "x" * 64)


def _sleep():
    time.sleep(3600)


def app(environ, start_response):
    kind = environ["PATH_INFO"].rpartition("/")[2]
    if kind == "later":
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"so far so good"
    {"loop": _loop, "search": _search, "sleep": _sleep, "later": _loop}[kind]()
