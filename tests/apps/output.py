"""Every way to say something: print, stderr, wsgi.errors, logging, and an unfinished line."""

import logging
import sys

print("output.py says: printed at import")
_log = logging.getLogger("output")


def app(environ, start_response):
    print("output.py says: printed")
    print("output.py says: printed to stderr", file=sys.stderr)
    environ["wsgi.errors"].write("output.py says: in wsgi.errors\n")
    _log.warning("output.py says: logged")
    print("output.py says: unfinished", end="")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"said"]
