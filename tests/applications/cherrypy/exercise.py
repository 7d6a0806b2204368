"""CherryPy's tree: sessions in files, tools for JSON, gzip, ETags, passwords and static files, dispatch by
method.
"""

import base64

APP = "app.py"
NATIVE = "app:application"
DATA = "data"
WARM = ["/"]
REMARK = (
    "Each request without a cookie makes a session: a file, and a lock beside it, in a granted directory."
)
VARIES = [r'(?s)<pre id="traceback">.*?</pre>']


def exercise(client):
    client.get("/")
    client.get("/", Accept_Encoding="gzip")
    client.get("/greet?name=anna&more=1")
    tag = client.get("/greet").header("ETag")
    client.get("/greet", 304, If_None_Match=tag)
    for _ in range(3):
        client.get("/visits")
    client.ask("POST", "/echo", 200, b'{"a": [1, null]}', {"Content-Type": "application/json"})
    client.ask("POST", "/echo", 415, b"a=1", {"Content-Type": "application/x-www-form-urlencoded"})
    client.upload("/upload", {}, {"file": ("note.txt", b"0123456789" * 10_000)}, 200)
    client.follow(client.get("/away", 303))
    client.get("/secret", 401)
    known = base64.b64encode(b"anna:of-the-exercise").decode()
    client.get("/secret", Authorization=f"Basic {known}")
    client.get("/static/note.txt")
    client.get("/static/note.txt", 206, Range="bytes=2-5")
    client.get("/stream")
    client.get("/things/?number=4")
    client.ask("PUT", "/things/?number=4", 201, b"")
    client.ask("DELETE", "/things/", 405)
    client.get("/nowhere", 404)
    client.get("/fails", 500)
