"""A dialogue: each line of the request's body is answered before the next one is asked for.

So it only works when a block leaves at once, and when the body is not collected before the application runs.
"""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"ready"
    for line in environ["wsgi.input"]:
        yield b"heard " + line.rstrip(b"\n")
    yield b"goodbye"
