"""Flask-Caching, -Session and -Limiter: a cache and sessions in files, a limit, a blueprint, an async view."""

APP = "app.py"
NATIVE = "app:app"
DATA = "data"
PAGE = "/pages/cached"
REMARK = """A limit in memory is a worker's own natively, and a request's own here: it refuses nobody. Its page reads a
cache in a granted directory, and no warm-up asks for it."""


def exercise(client):
    for _ in range(3):
        client.get("/")
    for _ in range(2):
        client.get("/pages/cached")
    client.get("/async")
    client.get("/limited")
    client.get("/never", 429)
