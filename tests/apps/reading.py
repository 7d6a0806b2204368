"""Reads the body in each of the ways PEP 3333 lists: read(size), readline(), readlines(), iteration."""


def app(environ, start_response):
    body = environ["wsgi.input"]
    parts = [body.read(3), body.readline(), next(iter(body)), *body.readlines()]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr(parts).encode()]
