"""Makes /data/file longer and longer, in the way that the path names, until that fails; tells the error."""

import errno
import os

_BLOCK = b"x" * 50_000
_NAME = "/data/file"


def _write():
    with open(_NAME, "wb", buffering=0) as file:
        while True:
            file.write(_BLOCK)


def _append():
    while True:
        with open(_NAME, "ab") as file:
            file.write(_BLOCK)


def _place():
    file = os.open(_NAME, os.O_WRONLY | os.O_CREAT)
    for number in range(1 << 20):
        os.pwrite(file, _BLOCK, number * len(_BLOCK))


def _truncate():
    with open(_NAME, "wb") as file:
        for number in range(1, 1 << 20):
            file.truncate(number * len(_BLOCK))


def _rewrite():
    while True:
        with open(_NAME, "wb") as file:
            file.write(_BLOCK)


_WAYS = {"write": _write, "append": _append, "place": _place, "truncate": _truncate, "rewrite": _rewrite}


def app(environ, start_response):
    way = environ["PATH_INFO"].rsplit("/")[-1]
    try:
        _WAYS[way]()
    except OSError as error:
        text = errno.errorcode[error.errno]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]
