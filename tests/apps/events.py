"""Server-sent events, one a second: `curl -N` sees each when it is made."""

import time


def _events():
    for number in range(1, 6):
        yield f"data: event {number}, made at {time.strftime('%H:%M:%S')}\n\n".encode()
        time.sleep(1)


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")])
    return _events()
