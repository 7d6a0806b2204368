"""Takes for ever, in the way the path names: in Python, in C, asleep, or after the first block."""

import re
import time


def _loop():
    while True:
        pass


def _search():
    re.match("(x+x+)+y", "x" * 64)


def _sum():
    sum(range(1 << 62))


def _power():
    3 ** (1 << 27)


def _copy():
    block = bytearray(32 << 20)
    while True:
        block[:] = block


def _sleep():
    time.sleep(3600)


_KINDS = {
    "loop": _loop,
    "search": _search,
    "sum": _sum,
    "power": _power,
    "copy": _copy,
    "sleep": _sleep,
    "later": _loop,
}


def app(environ, start_response):
    kind = environ["PATH_INFO"].rpartition("/")[2]
    if kind == "later":
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"so far so good"
    _KINDS[kind]()
