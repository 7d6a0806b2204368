"""How many seconds have passed by the monotonic clock since the import."""

import time

_IMPORTED = time.monotonic()


def app(environ, start_response):
    passed = time.monotonic() - _IMPORTED
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(passed).encode()]
