"""write(): what it is given has left before it returns. Each line of the request is answered with it."""


def app(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"ready")
    for line in environ["wsgi.input"]:
        write(b"heard " + line.rstrip(b"\n"))
    return [b"returned"]
