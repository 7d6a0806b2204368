"""Gives start_response() what it must refuse, as the path says, and answers with the error's words."""

import sys

_TEXT = ("Content-Type", "text/plain")
_OK = "200 OK"


class _Text(str):
    __slots__ = ()


_CALLS = {
    "status-int": (200, []),
    "status-bytes": (b"200 OK", []),
    "status-subclass": (_Text("200 OK"), []),
    "status-bare": ("200", []),
    "status-spaces": ("200  OK", []),
    "status-trailing": ("200 OK ", []),
    "status-newline": ("200 OK\n", []),
    "status-control": ("200 O\x00K", []),
    "status-unicode": ("200 \u20ac", []),
    "status-1xx": ("103 Early Hints", []),
    "headers-tuple": (_OK, (_TEXT,)),
    "headers-dict": (_OK, dict([_TEXT])),
    "header-list": (_OK, [["X-Bad", "1"]]),
    "header-triple": (_OK, [("X-Bad", "1", "2")]),
    "name-bytes": (_OK, [(b"X-Bad", "1")]),
    "name-colon": (_OK, [("X-Bad:", "1")]),
    "name-space": (_OK, [("X Bad", "1")]),
    "name-empty": (_OK, [("", "1")]),
    "name-latin": (_OK, [("X-B\xe4d", "1")]),
    "value-int": (_OK, [("X-Bad", 1)]),
    "value-newline": (_OK, [("X-Bad", "1\r\nX-Smuggled: 2")]),
    "value-tab": (_OK, [("X-Bad", "1\t2")]),
    "value-delete": (_OK, [("X-Bad", "1\x7f")]),
    "value-unicode": (_OK, [("X-Bad", "\u20ac")]),
    "length-word": (_OK, [("Content-Length", "many")]),
    "length-twice": (_OK, [("Content-Length", "1"), ("content-length", "1")]),
}
_HOP_BY_HOP = (
    "Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
)
_CALLS |= {f"hop-{name.lower()}": (_OK, [(name, "x")]) for name in _HOP_BY_HOP}


def app(environ, start_response):
    case = environ["PATH_INFO"].rpartition("/")[2]
    if case == "refused":
        start_response(_OK, [_TEXT])
        return ["\n".join(_CALLS).encode()]
    try:
        start_response(*_CALLS[case])
        told = "nothing was raised"
    except AssertionError as error:
        told = f"{error}"
        start_response(_OK, [_TEXT], sys.exc_info())
    return [told.encode()]
