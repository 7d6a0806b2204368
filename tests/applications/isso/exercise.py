"""Isso: comments written, answered, changed, liked, counted, removed; its administration."""

import json

APP = "isso.run:application"
DATA = "data"
PAGE = "/?uri=/post/"
WARM = [PAGE]
REMARK = "Its warm-up finds no comments, so that each request loads what renders and cleans them: 40 ms of CPU time."
ENVIRONMENT = {"ISSO_SETTINGS": "isso.cfg"}
JSON = {"Content-Type": "application/json", "Origin": "http://localhost"}
VARIES = [
    r"(?<=X-Set-Cookie: )isso-[^;]+",
    r'(?<="created": )[\d.]+',
    r'(?<="modified": )[\d.]+',
    r"(?<=data-hash=).\w+",
    r"\b1[78]\d{8}\.\d+",
    r"\b\d{12,}\b",
]


def exercise(client):
    client.get("/?uri=/post/")
    written = comment(client, "**First**", 201)
    comment(client, "Second, an answer", 201, parent=1)
    comment(client, "x", 400)
    client.get("/?uri=/post/")
    client.get("/?uri=/post/&parent=1&limit=1")
    client.ask("POST", "/count", 200, b'["/post/", "/other/"]', JSON)
    client.get("/id/1")
    client.get("/id/1?plain=1")
    assert written.header("Set-Cookie")
    changed = json.dumps({"text": "First, changed"}).encode()
    client.ask("PUT", "/id/1", 200, changed, JSON)
    client.ask("POST", "/id/2/like", 200, b"{}", JSON)
    client.ask("DELETE", "/id/2", 200, b"", JSON)
    client.get("/?uri=/post/")
    client.ask("POST", "/preview", 200, b'{"text": "*preview*"}', JSON)
    client.get("/feed?uri=/post/", 404)
    client.get("/config")
    client.get("/js/embed.min.js")
    client.get("/admin/", 200)
    client.post("/login/", {"password": "another"}, 200)
    client.follow(client.post("/login/", {"password": "of-the-exercise"}))


def comment(client, text, status, **more):
    body = {"author": "Anna", "email": "anna@example.com", "text": text, "title": "A post", **more}
    return client.ask("POST", "/new?uri=/post/", status, json.dumps(body).encode(), JSON)
