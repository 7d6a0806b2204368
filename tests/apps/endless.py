"""Gives the gateway, the client or the log something without end, or far too much of it."""

import os
import sys


class _Headers(list):
    def __iter__(self):
        while True:
            yield ("X-Endless", "x")


def _loop():
    while True:
        pass


def _start(start_response, headers=()):
    return start_response("200 OK", list(headers))


def no_headers(start_response):
    return [b"a body without a head"]


def late_headers(start_response):
    _loop()


def many_headers(start_response):
    _start(start_response, [("X-Many", "x" * 1000)] * 1000)
    return [b"body"]


def endless_headers(start_response):
    start_response("200 OK", _Headers())
    return [b"body"]


def long_header(start_response):
    _start(start_response, [("X-Long", "x" * (1 << 20))])
    return [b"body"]


def split_header(start_response):
    _start(start_response, [("X-Split", "a\r\nX-Smuggled: b")])
    return [b"body"]


def long_status(start_response):
    start_response("200 " + "O" * (1 << 20), [])
    return [b"body"]


def empty_blocks(start_response):
    _start(start_response)
    while True:
        yield b""


def blocks(start_response):
    _start(start_response)
    while True:
        yield b"x" * 65536


def write(start_response):
    write = _start(start_response)
    while True:
        write(b"x" * 65536)


def more_than_announced(start_response):
    _start(start_response, [("Content-Length", "4")])
    while True:
        yield b"body"


class _Closing(list):
    def close(self):
        _loop()


def close(start_response):
    _start(start_response)
    return _Closing([b"body"])


def prints(start_response):
    while True:
        print("x" * 1000)


def errors(start_response):
    while True:
        sys.stderr.write("x" * 1000)


def long_line(start_response):
    while True:
        print("x" * 1000, end="")


def random_block(start_response):
    return [os.urandom(64 << 20)]


def random(start_response):
    while True:
        os.urandom(1 << 20)


def unread_body(start_response):
    _start(start_response)
    return [b"not read"]


def app(environ, start_response):
    return globals()[environ["PATH_INFO"].rpartition("/")[2]](start_response)
