"""Remembers its requests in a global and shows what it remembers: only the request itself, ever."""

_seen = []


def app(environ, start_response):
    _seen.append(environ["PATH_INFO"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join(_seen).encode()]
