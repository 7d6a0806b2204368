"""Writes into /tmp, where every request begins with nothing."""

import json
import os
import tempfile


def app(environ, start_response):
    before = os.listdir("/tmp")
    with open("/tmp/named", "wb") as file:
        file.write(b"x" * 70000)
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(b"y")
    with open("/tmp/named", "rb") as file:
        read_back = len(file.read())
    seen = {"before": before, "read back": read_back, "after": os.listdir("/tmp")}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]
