"""What a request finds at the standard streams and clocks, and what is left of them when it closes one."""

import json
import os
import select
import sys
import time


def _error_of(function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        return os.strerror(error.errno)
    return None


def _slept(seconds):
    before = time.monotonic()
    time.sleep(seconds)
    return time.monotonic() - before


def app(environ, start_response):
    ready, _, _ = select.select([0], [], [], 60)
    found = {
        "input": sys.stdin.read(),
        "ready": ready,
        "long": os.write(1, b"standard.py says: " + b"x" * 10000 + b"\n"),
        "slept": _slept(0.05) >= 0.05,
        "waited": select.select([], [], [], 0.01),
        "now": abs(time.time() - float(environ["QUERY_STRING"])) < 60,
        "resolutions": [0 < time.get_clock_info(clock).resolution < 1 for clock in ("monotonic", "time")],
        "written to the input": _error_of(os.write, 0, b"x"),
        "closed": _error_of(os.close, 1),
        "closed again": _error_of(os.close, 1),
        "written after it": _error_of(os.write, 1, b"standard.py says: more\n"),
        "errors": os.write(2, b"standard.py says: still there\n"),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(found).encode()]
