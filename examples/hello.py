"""The smallest application: one function, as PEP 3333 defines it."""


def app(environ, start_response):
    """Answers every request with the same text."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello from a sandbox of your own!\n"]
