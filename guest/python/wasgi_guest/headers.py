"""Checks and encodes the arguments of start_response() (PEP 3333, "The start_response() Callable")."""

import re

from .errors import ProtocolError

# RFC 2616 section 13.5.1, to which PEP 3333 refers, with later names (RFC 9110 section 7.6.1, RFC 9113
# section 8.2.2): the connection belongs to the server.
_FORBIDDEN = dict.fromkeys(
    (
        "connection",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    ),
    "is hop-by-hop",
)
# wasi:http takes it for a request's authority and refuses it.
_FORBIDDEN["host"] = "is for requests"

# The code, one space, a reason of latin-1 characters without controls, and no space around the whole. A code
# below 200 only announces a response (RFC 9110 section 15.2); WSGI cannot send one.
_STATUS = re.compile(r"[2-9][0-9]{2} (?! )[\x20-\x7e\x80-\xff]+(?<! )")
# The most frequent statuses skip the check.
_KNOWN_STATUS = {
    status: int(status[:3])
    for status in (
        "200 OK",
        "201 Created",
        "201 CREATED",
        "204 No Content",
        "204 NO CONTENT",
        "301 Moved Permanently",
        "302 Found",
        "302 FOUND",
        "303 See Other",
        "304 Not Modified",
        "304 NOT MODIFIED",
        "400 Bad Request",
        "403 Forbidden",
        "404 Not Found",
        "404 NOT FOUND",
        "500 Internal Server Error",
    )
}
# What frameworks, and answers copied from other servers, say about the connection. The server decides
# on it; gunicorn leaves them out, too.
_IGNORED = {("connection", "keep-alive"), ("connection", "close")}
_NOT_TOKEN = re.compile(r"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Valid names, as bytes. 'Content-Length' is not among them: its value needs a check.
_KNOWN_NAMES = {
    name: name.encode()
    for name in (
        "Allow",
        "Cache-Control",
        "Content-Type",
        "Content-type",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Language",
        "Cross-Origin-Opener-Policy",
        "Date",
        "ETag",
        "Expires",
        "Last-Modified",
        "Location",
        "Referrer-Policy",
        "Set-Cookie",
        "Vary",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "content-type",
    )
}


def check_status(status) -> int:
    """Returns the status code of 'NNN reason'."""
    if type(status) is not str:
        raise ProtocolError(f"start_response(): the status must be a str, not {_kind(status)}: {status!r}")
    if code := _KNOWN_STATUS.get(status):
        return code
    if not _STATUS.fullmatch(status):
        raise ProtocolError(f"start_response(): the status must look like '200 OK', not {status!r}")
    return int(status[:3])


def check_exc_info(exc_info) -> None:
    """Refuses anything but the sys.exc_info() of an exception that is being handled."""
    if type(exc_info) is not tuple or len(exc_info) != 3 or not isinstance(exc_info[1], BaseException):
        raise ProtocolError(f"start_response(): exc_info must be what sys.exc_info() gives, not {exc_info!r}")


def encode_headers(headers) -> tuple[list[tuple[bytes, bytes]], int | None, str | None]:
    """Returns the headers as bytes, their Content-Length, and the name of one that is left out, or None."""
    if type(headers) is not list:
        raise ProtocolError(f"start_response(): the headers must be a list of tuples, not {_kind(headers)}")
    encoded = []
    length = left_out = None
    for header in headers:
        if type(header) is not tuple or len(header) != 2:
            raise ProtocolError(f"start_response(): a header must be a tuple (name, value), not {header!r}")
        name, value = header
        # Exactly str (PEP 3333, "Unicode Issues"): a subclass may encode to something else.
        known = _KNOWN_NAMES.get(name) if type(name) is str else None
        is_length = False
        if known is None:
            if type(value) is str and type(name) is str and (name.lower(), value.lower()) in _IGNORED:
                left_out = name
                continue
            known = _encode_name(name)
            is_length = known.lower() == b"content-length"
        if type(value) is not str or not (value.isascii() and value.isprintable()):
            _check_value(name, value)
        if is_length:
            if length is not None:
                raise ProtocolError(f"start_response(): header {name!r} is given twice")
            length = _length(name, value)
        try:
            encoded.append((known, value.encode("latin-1")))
        except UnicodeEncodeError:
            raise ProtocolError(f"start_response(): header {name!r}: {value!r} is not latin-1") from None
    return encoded, length, left_out


def _encode_name(name) -> bytes:
    if type(name) is not str:
        raise ProtocolError(f"start_response(): a header's name must be a str, not {_kind(name)}: {name!r}")
    if not name or _NOT_TOKEN.search(name):
        raise ProtocolError(f"start_response(): {name!r} is not a header's name (RFC 9110 section 5.1)")
    lower = name.lower()
    if lower in _FORBIDDEN:
        why = f"{_FORBIDDEN[lower]}: it belongs to the server"
        raise ProtocolError(f"start_response(): header {name!r} {why}")
    return name.encode("latin-1")


def _check_value(name: str, value) -> None:
    if type(value) is not str:
        raise ProtocolError(f"start_response(): header {name!r}: the value must be a str, not {_kind(value)}")
    if _CONTROL.search(value):
        raise ProtocolError(f"start_response(): header {name!r}: control character in the value {value!r}")


def _length(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise ProtocolError(f"start_response(): header {name!r}: {value!r} is not a number of bytes")
    return int(value)


def _kind(value) -> str:
    return type(value).__name__
