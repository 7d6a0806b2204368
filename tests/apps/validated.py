"""Applications in wsgiref.validate's wrapper, an independent reading of PEP 3333.

Each line "validated: …" in the log is something that the validator found; an AssertionError is, too.
"""

import io
import warnings
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

_TEXT = [("Content-Type", "text/plain")]


def _show(message, category, *rest):
    print("validated:", category.__name__, message)


warnings.simplefilter("always")
warnings.showwarning = _show


def _hello(environ, start_response):
    start_response("200 OK", _TEXT)
    return [b"hello"]


def _stream(environ, start_response):
    start_response("200 OK", _TEXT)
    yield b""
    yield b"a "
    yield b"stream"


def _write(environ, start_response):
    start_response("200 OK", _TEXT)(b"written ")
    return [b"and returned"]


def _body(environ, start_response):
    body = environ["wsgi.input"]
    parts = [body.read(2), body.readline(), body.readline(3), *body.readlines(1), *body]
    environ["wsgi.errors"].write("validated.py: read it\n")
    environ["wsgi.errors"].writelines(["validated.py: ", "all\n"])
    environ["wsgi.errors"].flush()
    start_response("200 OK", _TEXT)
    return [b"|".join(parts)]


def _file(environ, start_response):
    start_response("200 OK", _TEXT)
    return environ["wsgi.file_wrapper"](io.BytesIO(b"a file"))


def _library(environ, start_response):
    start_response("200 OK", _TEXT)
    return FileWrapper(io.BytesIO(b"a file of wsgiref"))


def _empty(environ, start_response):
    start_response("204 No Content", [])
    return []


def _cut(environ, start_response):
    start_response("200 OK", [*_TEXT, ("Content-Length", "3")])
    yield b"cut off"


def _wrong(environ, start_response):
    """What shows that the validator is awake."""
    start_response("200 OK", [])
    return [b"no Content-Type"]


_APPS = {
    "hello": _hello,
    "stream": _stream,
    "write": _write,
    "body": _body,
    "file": _file,
    "library": _library,
    "empty": _empty,
    "cut": _cut,
    "wrong": _wrong,
}
_VALIDATED = {name: validator(application) for name, application in _APPS.items()}


def app(environ, start_response):
    return _VALIDATED[environ["PATH_INFO"].rpartition("/")[2]](environ, start_response)
