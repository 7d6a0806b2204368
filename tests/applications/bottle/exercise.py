"""Bottle, Beaker and CT3: templates, sessions in files, signed cookies, static files with ranges, an
upload.
"""

APP = "app.py"
NATIVE = "app:app"
DATA = "data"
#: A tag of a file has its device and inode.
VARIES = [r"(?<=Etag: )\w{40}"]


def exercise(client):
    client.get("/")
    client.get("/hello/anna")
    client.get("/hello/4", 404)
    for _ in range(3):
        client.get("/visits")
    client.get("/signed")
    client.get("/signed")
    client.upload("/upload", {}, {"file": ("note.txt", b"0123456789" * 1000)}, 200)
    client.get("/static/app.py")
    client.get("/static/app.py", 206, Range="bytes=10-49")
    client.get("/static/../exercise.py", 403)
    client.follow(client.get("/away", 303))
    client.ask("DELETE", "/", 405)
