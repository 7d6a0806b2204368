"""What a hard cap is for: `/bomb` takes memory without end, and other requests go on.

`./just run examples/bomb.py`, then ask for `/bomb` and for `/`.
"""


def app(environ, start_response):
    """Answers with a text, or never ends to keep blocks of a megabyte."""
    if environ["PATH_INFO"] == "/bomb":
        blocks = []
        while True:
            blocks.append(bytes(1 << 20))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello from a sandbox of your own!\n"]
