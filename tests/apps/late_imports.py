"""Imports modules in some requests."""


def app(environ, start_response):
    text = b"nothing"
    if environ["PATH_INFO"] == "/report":
        import colorsys
        import csv
        import difflib
        import plistlib
        import tomllib

        text = " ".join(module.__name__ for module in (colorsys, csv, difflib, plistlib, tomllib)).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text]
