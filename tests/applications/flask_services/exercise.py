"""Flask-Caching, -Session and -Limiter, a blueprint and an async view.

A limit in memory is each worker's own natively, and each request's own here: what is exercised is its
headers and the refusal.
"""

APP = "app.py"
NATIVE = "app:app"
DATA = "data"
PAGE = "/limited"


def exercise(client):
    for _ in range(3):
        client.get("/")
    for _ in range(2):
        client.get("/pages/cached")
    client.get("/async")
    client.get("/limited")
    client.get("/never", 429)
