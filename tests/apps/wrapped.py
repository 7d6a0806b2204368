"""wsgi.file_wrapper, around a file that the path names; or wrapped and then not returned."""

import io

_TEXT = ("Content-Type", "text/plain")


class _Noting(io.BytesIO):
    """Tells when it is read and closed."""

    def read(self, size=-1):
        print("wrapped.py: read", size)
        return super().read(size)

    def close(self):
        print("wrapped.py: closed")
        super().close()


class _OnlyRead:
    def __init__(self):
        self._left = [b"only ", b"read"]

    def read(self, size):
        return self._left.pop(0) if self._left else b""


def _behind_the_first_line():
    file = open(__file__, "rb")  # noqa: SIM115 (closing it is what the wrapper is for)
    file.readline()
    return file


_FILES = {
    "noting": lambda: _Noting(b"0123456789"),
    "bare": _OnlyRead,
    "position": _behind_the_first_line,
    "unused": lambda: _Noting(b"never"),
    "short": lambda: _Noting(b"0123456789"),
}


def app(environ, start_response):
    case = environ["PATH_INFO"].rpartition("/")[2]
    start_response("200 OK", [_TEXT, ("Content-Length", "4")] if case == "short" else [_TEXT])
    iterable = environ["wsgi.file_wrapper"](_FILES[case](), 4)
    return [b"something else"] if case == "unused" else iterable
