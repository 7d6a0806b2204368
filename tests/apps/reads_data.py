"""A page that reads from a granted directory and imports lazily; elsewhere it tells what is imported, or writes."""

import os
import sys

import wasgi

AT_IMPORT = sorted(os.listdir("/data"))
SETTINGS = {}


@wasgi.after_restore
def configure():
    SETTINGS["text"] = open("/data/text").read()


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/told":
        return [f"{AT_IMPORT} {'colorsys' in sys.modules}".encode()]
    if environ["PATH_INFO"] == "/write":
        with open("/data/written", "a") as file:
            file.write("x")
    import colorsys

    return [SETTINGS["text"].encode()]
