"""MoinMoin 2: pages, an edit, its history, search, log in."""

APP = "wsgi.py"
NATIVE = "wsgi:application"
DATA = "wiki"
PAGE = "/Home"
VARIES = [r"(?<=Page: )[\d.]+(?= ms)"]


def prepare(project):
    project.path(DATA).rmdir()
    project.run("moin", "create-instance", "--path", "made")
    for path in project.path("made").iterdir():
        path.rename(project.path(path.name))
    project.path(DATA).mkdir(exist_ok=True)
    project.run("moin", "index-create")
    project.run("moin", "welcome")


def exercise(client):
    client.get("/Home")
    client.get("/+history/Home")
    client.get("/Nowhere", 404)
    client.get("/+index/")
    client.get("/+search?q=welcome")
    client.get("/+login")
