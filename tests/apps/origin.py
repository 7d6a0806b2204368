"""Tells as JSON where the request comes from: in environ, or in the host's variables it is made of."""

import json
import os

_KEYS = ["REMOTE_ADDR", "REMOTE_PORT", "SERVER_PROTOCOL", "SCRIPT_NAME"]


def app(environ, start_response):
    told = {key: os.environ.get(f"WASGI_{key}", environ.get(key)) for key in _KEYS}
    for key in ["HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme"]:
        told[key] = environ.get(key)
    told["HTTP_FORWARDED"] = [environ.get("HTTP_X_FORWARDED_FOR"), environ.get("HTTP_FORWARDED")]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]
