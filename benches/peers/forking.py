"""Serves `app:app` of the current folder natively with a process for each request: `forking.py PORT`.

What isolates like wasgi and is native: the application is imported once, and each connection gets a fork of
that process, which answers one request and ends.
"""

import gc
import socketserver
import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

sys.path.insert(0, ".")


class Forking(socketserver.ForkingMixIn, WSGIServer):
    request_queue_size = 128


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    from app import app

    with Forking(("127.0.0.1", int(sys.argv[1])), Quiet) as server:
        server.set_app(app)
        # So that collections in a child do not write to, and so copy, what the parent has imported.
        gc.collect()
        gc.freeze()
        server.serve_forever()


if __name__ == "__main__":
    main()
