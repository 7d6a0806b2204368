"""What the server is trained with: each kind of answer that applications give."""


def hello(_environ, start_response):
    body = b"Hello, world!"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def page(_environ, start_response):
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "private, max-age=60"),
        ("Vary", "Cookie"),
        ("Set-Cookie", "session=eyJhIjoxfQ.YQ; HttpOnly; Path=/"),
    ]
    start_response("200 OK", headers)
    return [b"<!doctype html>" + b"<p>A row of a page.</p>" * 300]


def stream(_environ, start_response):
    start_response("200 OK", [("Content-Type", "text/csv")])
    for number in range(20):
        yield b"%d,row\n" % number * 50


def large(_environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [bytes(256 << 10)]


def echo(environ, start_response):
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def moved(_environ, start_response):
    start_response("302 Found", [("Location", "/"), ("Content-Type", "text/plain")])
    return [b""]


ROUTES = {"/": hello, "/page": page, "/stream": stream, "/large": large, "/echo": echo, "/moved": moved}


def missing(_environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"There is no such page."]


def app(environ, start_response):
    return ROUTES.get(environ["PATH_INFO"], missing)(environ, start_response)
