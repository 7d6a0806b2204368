"""The blog of Flask's tutorial: register, log in, write, change, delete, on SQLite in its instance folder."""

import shutil

APP = "flaskr:create_app()"
DATA = "instance"


def prepare(project):
    tutorial = next(project.environment.folder.glob("sources/flask-*/examples/tutorial"))
    shutil.copytree(tutorial / "flaskr", project.path("flaskr"))
    project.run("flask", "--app", "flaskr", "init-db")


def exercise(client):
    client.get("/hello")
    client.get("/")
    client.get("/static/style.css")
    client.get("/create", 302)
    person = {"username": "anna", "password": "of-the-blog"}
    client.follow(client.post("/auth/register", person))
    client.post("/auth/register", person, 200)
    client.post("/auth/login", {**person, "password": "another"}, 200)
    client.follow(client.post("/auth/login", person))
    client.get("/create")
    client.post("/create", {"title": "", "body": "no title"}, 200)
    client.follow(
        client.post("/create", {"title": "A first one", "body": "With <b> and\r\ntwo lines, ümlauts"})
    )
    client.get("/1/update")
    client.follow(client.post("/1/update", {"title": "A second one", "body": "changed"}))
    client.get("/2/update", 404)
    client.get("/1/delete", 405)
    client.follow(client.post("/1/delete"))
    client.follow(client.get("/auth/logout", 302))
    client.post("/1/delete")
