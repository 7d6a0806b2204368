"""web.py: the tutorial's to-do list on SQLite, form, templates, sessions in files, an upload."""

import sqlite3

APP = "app.py"
NATIVE = "app:application"
DATA = "data"
WARM = ["/"]
REMARK = """It looks through all sessions in each request, as the time of the last look is kept in memory; one that another
request has removed meanwhile is a 500. Natively a worker looks once in a while."""


def prepare(project):
    project.path("data/sessions").mkdir()
    with sqlite3.connect(project.path("data/todo.sqlite")) as database:
        database.execute("create table todo (id integer primary key, title text)")


def exercise(client):
    client.get("/")
    client.follow(client.post("/add", {"title": "Write <tests>"}, 303))
    client.follow(client.post("/add", {"title": "größer"}, 303))
    client.post("/add", {"title": ""}, 200)
    client.follow(client.post("/remove/1", {}, 303))
    for _ in range(3):
        client.get("/visits")
    client.upload("/upload", {}, {"file": ("note.txt", b"0123456789" * 1000)}, 200)
    client.get("/nowhere", 404)
    client.ask("DELETE", "/", 405)
