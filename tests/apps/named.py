"""Sets a Server header of its own."""


def app(environ, start_response):
    start_response("200 OK", [("Server", "named by itself"), ("Content-Type", "text/plain")])
    return [b""]
