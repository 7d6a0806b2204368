"""A fake of the C module's request object, equally strict, and a way to run an app with it."""

import contextlib
import io

from wasgi_guest.gateway import serve


class FakeRequest:
    """Records calls in `events`, and refuses the calls that the C side refuses."""

    def __init__(self, method="GET", target="/", headers=(), body=b"", **options):
        self.head = {
            "method": method,
            "scheme": options.pop("scheme", "http"),
            "authority": options.pop("authority", "example.org"),
            "target": target,
        }
        self.headers = headers
        # Pieces of the body in order of arrival; an exception in the list is raised in its place.
        self.pieces = [body] if isinstance(body, bytes) else list(body)
        self.events = []
        self.reads = []
        # Exceptions of start(), write() and finish(): {'write': BrokenPipeError()}.
        self.failures = options.pop("failures", {})
        self.state = "new"
        self.settled = False
        assert not options, options

    def __getattr__(self, name):
        if name not in self.head:
            raise AttributeError(name)
        self._use("new", "started")
        return self.head[name]

    def fill(self, environ):
        """Does request_environ.c's work for usual headers; tests/gateway/wsgi_environ.rs has the others."""
        environ["REQUEST_METHOD"] = self.method
        environ["REQUEST_URI"] = environ["RAW_URI"] = self.target
        environ["wsgi.url_scheme"] = self.scheme
        for name, value in self.headers:
            key = name.upper().replace("-", "_")
            key = key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else "HTTP_" + key
            environ[key] = f"{environ[key]}, {value}" if key in environ else value

    def read(self, n):
        self._use("new", "started")
        assert n > 0, "the gateway must ask for at least one byte"
        self.reads.append(n)
        while self.pieces and self.pieces[0] == b"":
            self.pieces.pop(0)
        if not self.pieces:
            return b""
        if isinstance(self.pieces[0], BaseException):
            raise self.pieces[0]
        piece, self.pieces[0] = self.pieces[0][:n], self.pieces[0][n:]
        return piece

    def start(self, status, headers):
        if self.state == "started":
            raise RuntimeError("start() called twice")
        self._use("new")
        assert type(status) is int
        assert type(headers) is list
        assert all(type(pair) is tuple and list(map(type, pair)) == [bytes, bytes] for pair in headers)
        self._fail("start")
        self.state = "started"
        self.events.append(("start", status, list(headers)))

    def write(self, data):
        self._use("started")
        assert type(data) is bytes
        assert data, "an empty write is a call for nothing"
        self._fail("write")
        self.events.append(("write", data))

    def finish(self):
        self._use("started")
        self.state = "ended"
        self._fail("finish")
        self.events.append(("finish",))

    def abort(self):
        self._use("new", "started")
        self.state = "ended"
        self.events.append(("abort",))

    def settle(self):
        self.settled = True

    def _use(self, *states):
        if self.state not in states:
            raise ValueError(f"request is {self.state}")

    def _fail(self, what):
        error = self.failures.get(what)
        if callable(error):
            error = error()
        if error is not None:
            raise error


class Result:
    """The outcome of one request for the client and in the log."""

    def __init__(self, request, log):
        self.request = request
        self.log = log
        self.events = request.events
        heads = [event for event in self.events if event[0] == "start"]
        assert len(heads) <= 1
        self.status = heads[0][1] if heads else None
        self.headers = (
            [(name.decode("latin-1").lower(), value) for name, value in heads[0][2]] if heads else []
        )
        self.blocks = [event[1] for event in self.events if event[0] == "write"]
        self.body = b"".join(self.blocks)
        self.end = self.events[-1][0] if self.events else None

    def header(self, name):
        values = [value for key, value in self.headers if key == name]
        assert len(values) <= 1, values
        return values[0].decode("latin-1") if values else None


def run(application, method="GET", target="/", **options) -> Result:
    """Serves one request with `application`; the log is the output to stderr."""
    settings = options.pop("settings", {})
    request = FakeRequest(method, target, **options)
    log = io.StringIO()
    with contextlib.redirect_stderr(log):
        serve(application, request, settings)
    return Result(request, log.getvalue())


def request_of(environ) -> FakeRequest:
    """Returns the request behind an environ, for applications that check what was sent so far."""
    return environ["wsgi.input"].raw._read.__self__


def environ_of(method="GET", target="/", **options) -> dict:
    """Returns the environ that an application gets."""
    seen = []

    def application(environ, start_response):
        seen.append(environ)
        start_response("204 No Content", [])
        return []

    result = run(application, method, target, **options)
    assert result.status == 204, result.log
    return seen[0]
