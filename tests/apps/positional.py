"""Tells how it was called: with two arguments, by position. Served alone: every.py would call it itself."""


def app(*arguments, **named):
    environ, start_response = arguments
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{len(arguments)} by position, {len(named)} by name, {type(environ).__name__}".encode()]
