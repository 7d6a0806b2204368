"""Gives more than its Content-Length of 5 allows, in the way that the path names; tells how far it came."""


def _blocks():
    yield b"123"
    yield b"4567"
    print("counted.py: went on")
    yield b"never"


def _write(start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    write(b"123")
    try:
        write(b"4567")
    except AssertionError as error:
        print("counted.py:", error)
    return []


def app(environ, start_response):
    way = environ["PATH_INFO"].rpartition("/")[2]
    if way == "write":
        return _write(start_response)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return _blocks() if way == "blocks" else [b"1234567"]
