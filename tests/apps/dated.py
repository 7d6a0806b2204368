"""Answers with a Date and a Server of its own, which the server has to respect."""


def app(environ, start_response):
    own = [("Date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("Server", "dated.py")]
    start_response("200 OK", [("Content-Type", "text/plain"), *own])
    return [b"dated"]
