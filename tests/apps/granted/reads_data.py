"""A page that reads a granted directory and imports lazily; another tells of that, and one writes."""

import os
import sys

import wasgi

AT_IMPORT = sorted(os.listdir("/data"))
SETTINGS = {}


@wasgi.after_restore
def configure():
    with open("/data/text") as file:
        SETTINGS["text"] = file.read()


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/told":
        return [f"{AT_IMPORT} {'colorsys' in sys.modules}".encode()]
    if environ["PATH_INFO"] == "/write":
        with open("/data/written", "a") as file:
            file.write("x")
    import colorsys

    return [SETTINGS["text"].encode() if colorsys.ONE_THIRD else b""]
