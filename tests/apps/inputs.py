"""Reads the body in the one way that the path names, and tells what came."""

_WAYS = {
    "read": lambda body: [body.read(), body.read(), body.read(1)],
    "none": lambda body: [body.read(None)],
    "minus": lambda body: [body.read(-1)],
    "sized": lambda body: [body.read(4), body.read(0), body.read(1000), body.read(1000)],
    "line": lambda body: [body.readline(), body.readline(), body.readline(), body.readline()],
    "line-sized": lambda body: [body.readline(2), body.readline(100), body.readline(-1), body.readline(5)],
    "lines": lambda body: body.readlines(),
    "lines-hint": lambda body: [*body.readlines(1), b"|", *body.readlines(4)],
    "iterate": list,
    "mixed": lambda body: [next(iter(body)), body.read(3), *body],
}


def app(environ, start_response):
    parts = _WAYS[environ["PATH_INFO"].rpartition("/")[2]](environ["wsgi.input"])
    assert all(type(part) is bytes for part in parts), parts
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr(parts).encode()]
