"""Takes for ever, in the way the path names: in Python, in C, asleep, or after the first block."""

import hashlib
import re
import select
import sqlite3
import sys
import time
import zlib


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


def _digits():
    sys.set_int_max_str_digits(0)
    str(1 << (1 << 27))


def _number():
    sys.set_int_max_str_digits(0)
    int("9" * (1 << 25))


def _query():
    endless = "with recursive n(i) as (select 1 union all select i from n) select sum(i) from n"
    sqlite3.connect(":memory:").execute(endless).fetchone()


def _inflate():
    packed = zlib.compress(bytes(32 << 20))
    while True:
        zlib.decompress(packed)


def _digest():
    block = bytes(64 << 20)
    while True:
        hashlib.sha3_512(block)


def _finalizer():
    class Dying:
        def __del__(self):
            Dying()

    Dying()
    _loop()


def _select():
    select.select([], [], [], 3600)


def _sleep():
    time.sleep(3600)


_KINDS = {
    "loop": _loop,
    "search": _search,
    "sum": _sum,
    "power": _power,
    "copy": _copy,
    "digits": _digits,
    "number": _number,
    "query": _query,
    "inflate": _inflate,
    "digest": _digest,
    "finalizer": _finalizer,
    "select": _select,
    "sleep": _sleep,
    "later": _loop,
}


def app(environ, start_response):
    kind = environ["PATH_INFO"].rpartition("/")[2]
    if kind == "later":
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"so far so good"
    _KINDS[kind]()
