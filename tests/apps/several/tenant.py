"""One of several applications: it tells what it sees, or does harm, by the last part of the path."""

import json
import os
import sys
import time
import urllib.request


def _loop():
    while True:
        pass


def _hog():
    return bytes(1 << 30)


def _wait():
    time.sleep(3600)


_HARM = {"abort": os.abort, "hog": _hog, "loop": _loop, "wait": _wait}


def _fetch(origin):
    try:
        with urllib.request.urlopen(origin + "/echo") as response:
            response.read()
            return response.status
    except OSError as error:
        return type(error).__name__


def _seen(environ):
    return {
        "mounted": [environ["SCRIPT_NAME"], environ["PATH_INFO"]],
        "host": environ["HTTP_HOST"],
        "variables": {name: value for name, value in os.environ.items() if name.startswith("TENANT_")},
        "files": sorted(os.listdir("/data")) if os.path.isdir("/data") else None,
    }


def app(environ, start_response):
    what = environ["PATH_INFO"].rpartition("/")[2]
    if what == "large":
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return [bytes(1 << 20)] * 24
    if what == "say":
        print("a word", file=sys.stderr)
    if what == "fetch":
        seen = _fetch(environ["QUERY_STRING"])
    else:
        seen = _HARM[what]() if what in _HARM else _seen(environ)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]
