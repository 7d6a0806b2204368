"""Falcon: resources over SQLite, media, hooks, errors, multipart, CORS, static files."""

APP = "app.py"
NATIVE = "app:app"
DATA = "data"
JSON = {"Content-Type": "application/json"}


def exercise(client):
    client.get("/?number=4&a=1&a=2", Origin="http://example.com")
    client.get("/?number=x", 400)
    client.get("/notes")
    client.ask("POST", "/notes", 201, '{"text": "grün"}'.encode(), JSON)
    client.ask("POST", "/notes", 201, b'{"text": "second"}', JSON)
    client.ask("POST", "/notes", 422, b"{}", JSON)
    client.ask("POST", "/notes", 400, b'{"text": ', JSON)
    client.ask("POST", "/notes", 415, b"<text/>", {"Content-Type": "application/xml"})
    client.get("/notes")
    client.get("/notes/1")
    client.get("/notes/9", 404)
    client.get("/notes/9", 404, Accept="application/xml")
    client.ask("DELETE", "/notes/1", 204)
    client.ask("PUT", "/notes/1", 405)
    client.ask("OPTIONS", "/notes", 200)
    client.get("/notes")
    client.upload("/form", {"name": "anna"}, {"file": ("note.txt", b"of the file")}, 200)
    client.get("/static/app.py")
    client.get("/nowhere", 404)
