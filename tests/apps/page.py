"""A page of a megabyte, in one piece, as most pages are."""

_PAGE = b"x" * (1 << 20)


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [_PAGE]
