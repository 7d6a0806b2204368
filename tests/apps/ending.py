"""A generator that says on stdout that it was closed, however it ends: as the path names."""


def _blocks(path: str):
    try:
        yield b"first"
        if path.endswith("error"):
            raise RuntimeError("ending.py: on purpose")
        yield b"second"
    finally:
        print("closed", path)


def app(environ, start_response):
    path = environ["PATH_INFO"]
    length = [("Content-Length", "3")] if path.endswith("cut") else []
    start_response("200 OK", [("Content-Type", "text/plain"), *length])
    return _blocks(path)
