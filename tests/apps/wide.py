"""Sends a header as long as the path says."""


def app(environ, start_response):
    value = "x" * int(environ["PATH_INFO"].rpartition("/")[2])
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Wide", value)])
    return [b"wide"]
