"""Kinto, with its storage in memory: each request finds it empty here, and so the exercise keeps nothing."""

import base64

APP = "wsgi.py"
NATIVE = "wsgi:application"
PAGE = "/v1/"
BUILD = ["--sources", "all"]
REMARK = (
    "Its component is built with `--sources all`, as the message says: Pyramid reads the lines of its views."
)
KNOWN = {"Authorization": "Basic " + base64.b64encode(b"anna:of-the-exercise").decode()}
JSON = {"Content-Type": "application/json", **KNOWN}
VARIES = [r"\b1[78]\d{11}\b", r"[0-9a-f]{8}-[0-9a-f-]{27}"]
#: Made from sets.
VARIES += [r"(?<=Access-Control-Expose-Headers: ).*", r'(?<="settings":)\{[^}]*\}']


def exercise(client):
    client.get("/", 307)
    client.get("/v1/", **KNOWN)
    client.get("/v1/__heartbeat__")
    client.get("/v1/__api__")
    client.get("/v1/buckets", **KNOWN)
    client.get("/v1/buckets/nowhere", 403, **KNOWN)
    client.ask("PUT", "/v1/buckets/larder", 201, b'{"data": {"colour": "red"}}', JSON)
    client.ask("POST", "/v1/buckets", 400, b'{"data": ', JSON)
    client.get("/v1/nowhere", 404)
