"""Serves a WSGI application on this Python: natively.py MODULE [ATTRIBUTE], and says at which address."""

import importlib
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    def log_message(self, *words):
        pass


def main(module, attribute="app"):
    sys.path.insert(0, ".")
    app = getattr(importlib.import_module(module), attribute)
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        print(f"ready on http://127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
