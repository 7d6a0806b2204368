"""Roundup: log in, file an issue with a file, answer it, search, CSV, the REST interface."""

import base64
import re
import sqlite3

APP = "wsgi.py"
NATIVE = "wsgi:application"
DATA = "tracker"
WARM = ["/"]
REMARK = """Its database is made in WAL mode, which several sandboxes cannot share: run `PRAGMA journal_mode=DELETE` on it once,
as the message says."""
VARIES = [r'(?<=name="@csrf" type="hidden" value=")\w+', r"nonce[=-][\"']?[\w+/=-]+", r"(?<=value=\")\w{43}="]
VARIES += [
    r"(?<=Etag: .)[0-9a-f]+-(?=\d+-)[\w-]+",
    r"[0-9a-f]{32}",
    r"\d{4}-\d\d-\d\d\.\d\d:\d\d:\d\d",
    r"\d\d:\d\d(:\d\d)?",
    r'"[\w]{32}"',
    r"(?<=\")[0-9a-f]{32}(?=\")",
]


def prepare(project):
    project.run("roundup-admin", "-i", "tracker", "install", "classic", "sqlite")
    path = project.path("tracker/config.ini")
    text = re.sub(r"(?m)^#?domain ?=.*", "domain = localhost", path.read_text())
    text = re.sub(r"(?m)^#?web ?=.*", "web = http://localhost/", text)
    path.write_text(re.sub(r"(?m)^mail_debug =.*|^#?debug =\s*$", "debug = /tmp/roundup-mail.txt", text))
    project.run("roundup-admin", "-i", "tracker", "initialise", "of-the-exercise")
    with sqlite3.connect(project.path("tracker/db/db")) as database:
        database.execute("pragma journal_mode=delete")


def exercise(client):
    page = client.get("/")
    client.get("/issue?@template=item")
    form = {**page.fields("__login_name"), "__login_name": "admin", "__login_password": "another"}
    again = client.follow(client.post("/", {**form, "@action": "login"}))
    form |= again.fields("__login_name")
    client.follow(
        client.post(
            "/", {**form, "__login_name": "admin", "__login_password": "of-the-exercise", "@action": "login"}
        )
    )
    new = client.get("/issue?@template=item").fields("title")
    client.upload(
        "/issue",
        {**new, "title": "It fails", "priority": "4", "@note": "of this kind"},
        {"@file": ("note.txt", b"of a file")},
    )
    client.get("/issue1")
    changed = {**client.get("/issue1").fields("title"), "@note": "an answer"}
    client.post("/issue1", changed)
    client.get("/issue1")
    client.get("/issue?@columns=title,id,activity,status&@sort=-activity&@filter=status&status=-1,1,2,3")
    client.get("/issue?@action=export_csv&@columns=id,title")
    client.get("/file1/note.txt")
    client.get("/user1")
    client.get("/@@file/style.css")
    client.get("/issue9", 404)
    known = {"Authorization": "Basic " + base64.b64encode(b"admin:of-the-exercise").decode()}
    client.get("/rest/data/issue", **known)
    client.get("/rest/data/issue/1", **known)
