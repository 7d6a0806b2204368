"""bepasty: log in by a secret, paste a text, upload a file, show, download, change, remove; its REST
interface.
"""

import base64

APP = "bepasty.wsgi:application"
DATA = "data"
WARM = ["/"]
ENVIRONMENT = {"BEPASTY_CONFIG": "{app}/bepasty.conf", "DATA": "{app}/data"}
#: The names of what was pasted are drawn.
VARIES = [
    r"(?<=[/\"])(?!static|lodgeit)[A-Za-z0-9]{8}(?=[/\"#? ])",
    r"(?<=Location: /)\w{8}",
    r"(?<=http://localhost/)[A-Za-z0-9]{8}(?=[\"<\s])",
    r"(?<=items/)\w{8}",
    r"(?<!\d)\d{1,12}\.\d+(?=,)",
]
VARIES += [r"(?<=Transaction-Id: ).*", r'(?<="timestamp-\w{8}": )\d+', r"\b1[78]\d{8}\b"]
KNOWN = {"Authorization": "Basic " + base64.b64encode(b"user:of-the-owner").decode()}


def exercise(client):
    client.get("/")
    client.get("/+list", 403)
    client.post("/+upload", {"text": "refused"}, 403)
    client.follow(client.post("/+login", {"token": "of-the-owner"}))
    text = {"text": "def jam():\n    return 1\n", "contenttype": "text/x-python", "filename": "jam.py"}
    pasted = client.post("/+upload", {**text, "maxlife-value": "1", "maxlife-unit": "days"})
    item = client.follow(pasted).request.split(" ")[1]
    # With one item: the order of those of the same second differs by their names.
    client.get("/+list")
    client.get(f"{item}/+inline")
    client.get(f"{item}/+download")
    file = {"file": ("note.txt", b"0123456789" * 10_000)}
    uploaded = client.upload("/+upload", {"maxlife-value": "1", "maxlife-unit": "days"}, file)
    client.follow(uploaded)
    client.post(f"{item}/+modify", {"filename": "jelly.py", "contenttype": "text/x-python"})
    client.get(f"{item}/+qr")
    body = base64.b64encode(b"by the interface")
    ranged = {"Content-Type": "text/plain", "Content-Filename": "api.txt", "Content-Range": "bytes 0-15/16"}
    sent = client.ask(
        "POST", "/apis/rest/items", 201, body, {"Content-Length": str(len(body)), **ranged, **KNOWN}
    )
    client.get(sent.header("Content-Location"), **KNOWN)
    client.get("/apis/rest", **KNOWN)
    client.post(f"{item}/+delete")
    client.get(item, 404)
    client.get("/xstatic/bootstrap/css/bootstrap.min.css")
    client.post("/+logout")
