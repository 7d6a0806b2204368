"""The WSGI application `app:app` as a component made by componentize-py: the least gateway that serves it.

It leaves out most of what PEP 3333 asks (streams, errors, `write`), which makes it faster than a whole one.
"""

import encodings.idna  # noqa: F401 (imported on use otherwise, when there are no files any more)
import io
import sys
from urllib.parse import unquote_to_bytes

from app import app
from componentize_py_types import Ok
from wit_world import exports
from wit_world.imports.types import Fields, OutgoingBody, OutgoingResponse, ResponseOutparam


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request, response_out):
        started = []
        body = app(environ(request), lambda status, headers, _=None: started.append((status, headers)))
        status, headers = started[0]
        fields = Fields.from_list([(name.lower(), value.encode("latin-1")) for name, value in headers])
        response = OutgoingResponse(fields)
        response.set_status_code(int(status[:3]))
        outgoing = response.body()
        ResponseOutparam.set(response_out, Ok(response))
        with outgoing.write() as stream:
            for block in body:
                for start in range(0, len(block), 4096):
                    stream.blocking_write_and_flush(block[start : start + 4096])
        if hasattr(body, "close"):
            body.close()
        OutgoingBody.finish(outgoing, None)


CONSTANTS = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": True,
}


def environ(request):
    path, _, query = (request.path_with_query() or "/").partition("?")
    variables = {
        **CONSTANTS,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "HTTP_HOST": request.authority() or "localhost",
        "wsgi.input": io.BytesIO(),
    }
    for name, value in request.headers().entries():
        variables["HTTP_" + name.upper().replace("-", "_")] = value.decode("latin-1")
    return variables


def warm_up():
    """As `wasgi build --warm /` does: what the first request imports and compiles is in the snapshot."""
    variables = {
        **CONSTANTS,
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(),
    }
    body = app(variables, lambda *_: None)
    b"".join(body)
    if hasattr(body, "close"):
        body.close()


warm_up()
