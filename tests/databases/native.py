"""Serves an application natively, for its answers to be compared: `native.py MODULE`."""

import importlib
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

sys.path.insert(0, str(Path(__file__).parent / "apps"))


class Server(ThreadingMixIn, WSGIServer):
    """A thread for each request, as one of them may wait for a database."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Looks no client's name up, and logs nothing."""

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    application = importlib.import_module(sys.argv[1]).application
    with make_server("127.0.0.1", 0, application, Server, Quiet) as server:
        print(f"native: ready on http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
