"""Calls start_response() a second time in the way that the path names; tells what came of it."""

import sys

_TEXT = [("Content-Type", "text/plain")]


def _plain(start_response):
    start_response("200 OK", _TEXT)
    start_response("503 Service Unavailable", _TEXT)


def _after_refused(start_response):
    try:
        start_response("200 OK", [("X-Bad", "a\nb")])
    except AssertionError:
        pass
    start_response("200 OK", _TEXT)


def _refused_then_recovered(start_response):
    try:
        start_response("200 OK", [("X-Bad", "a\nb")])
    except AssertionError as error:
        start_response("500 Oops", _TEXT, sys.exc_info())
        return str(error)


def _replacing(start_response):
    start_response("200 OK", [*_TEXT, ("X-Old", "1")])
    try:
        {}["broken"]
    except KeyError:
        start_response("503 Service Unavailable", [*_TEXT, ("X-New", "1")], sys.exc_info())
    return "replaced"


def _reraising(start_response):
    """Once something went out, it is the very error that was handed in that comes back."""
    write = start_response("200 OK", _TEXT)
    write(b"out; ")
    try:
        {}["broken"]
    except KeyError as first:
        try:
            start_response("503 Service Unavailable", _TEXT, sys.exc_info())
        except KeyError as second:
            return f"same error: {first is second}"


_WAYS = {
    "plain": _plain,
    "after-refused": _after_refused,
    "refused-then-recovered": _refused_then_recovered,
    "replacing": _replacing,
    "reraising": _reraising,
}


def app(environ, start_response):
    told = _WAYS[environ["PATH_INFO"].rpartition("/")[2]](start_response)
    return [str(told).encode()]
