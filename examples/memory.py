"""The classic memory-management demonstration for WSGI: an application that frees what it used, at once.

The class is the application: a server calls it with `environ` and `start_response` and iterates over the
instance. It buffers its text in a StringIO, hands it out block by block, and gives the buffer back in
`close()`, which PEP 3333 makes the server call however the request ends. Reference counts then free the
memory right away; no cycle is left for the garbage collector. (Under wasgi even a leak ends with the
request: its sandbox is thrown away.)

Natively: `python examples/memory.py`. In a sandbox: `./just run examples/memory.py`.
"""

from io import StringIO
from wsgiref.simple_server import make_server

BLOCK_SIZE = 8


class Application:
    """One request: iterable, its own iterator, and owner of its buffer."""

    def __init__(self, environ, start_response):
        self.environ = environ
        self.start_response = start_response
        self.buffer = StringIO()
        self.buffer.write("Hello, World!\n")
        self.buffer.seek(0)
        self.started = False

    def __iter__(self):
        return self

    def __next__(self):
        if not self.started:
            self.started = True
            self.start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        block = self.buffer.read(BLOCK_SIZE)
        if not block:
            raise StopIteration
        return block.encode()

    def close(self):
        """Gives everything back: the buffer's memory, and the references that kept `environ` alive."""
        self.buffer.close()
        del self.buffer, self.environ, self.start_response


def main():
    """Serves the application with the standard library's own server, without any sandbox."""
    with make_server("127.0.0.1", 8000, Application) as server:
        print("Serving on http://127.0.0.1:8000, Ctrl+C stops")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Shutting down...")


if __name__ == "__main__":
    main()
