"""start_response() with exc_info: replaces a head that is not out yet, raises where it is."""

import sys


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    if environ["PATH_INFO"].endswith("late"):
        yield b"too late"
    try:
        {}["this went wrong"]
    except KeyError:
        start_response("503 Service Unavailable", [("Content-Type", "text/plain")], sys.exc_info())
    yield b"sorry"
