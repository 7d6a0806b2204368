"""flask-smorest and marshmallow: validation, pages, ETags, OpenAPI."""

APP = "app.py"
NATIVE = "app:app"
PAGE = "/pets/?page_size=20"
WARM = [PAGE]
JSON = {"Content-Type": "application/json"}


def exercise(client):
    client.get("/pets/")
    client.get("/pets/?page=2&page_size=7")
    client.get("/pets/?name=2")
    client.get("/pets/?page=x", 422)
    client.ask("POST", "/pets/", 201, b'{"name": "Rex", "born": "2020-01-31"}', JSON)
    client.ask("POST", "/pets/", 422, b'{"name": "R", "born": "yesterday", "id": 4}', JSON)
    client.ask("POST", "/pets/", 400, b'{"name": ', JSON)
    tag = client.get("/pets/3").header("ETag")
    client.get("/pets/3", 304, If_None_Match=tag)
    client.get("/pets/99", 404)
    client.ask("DELETE", "/pets/3", 204)
    client.get("/api-spec.json")
    client.get("/docs")
