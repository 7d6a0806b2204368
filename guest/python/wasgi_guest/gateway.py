"""Serves one request in three steps: set up, call, finish (PEP 3333, "The Server/Gateway Side")."""

import sys
import traceback

from wasgi import RequestEnded

from . import imported, reserve
from .environ import make_environ
from .errors import ClientDisconnected
from .response import Response
from .tracebacks import log_error, log_line


def _nobody() -> None:
    return None


# As _wasgi.developing(), which the boot puts here.
developing = _nobody


def serve(application, request, settings: dict[str, str]) -> None:
    """Answers `request`. Never raises: an error becomes a response, or a visible cut, and a log line.

    `settings` are entries for the environ from the host: connection settings and granted variables.
    """
    errors = sys.stderr
    request_line = request.method, request.target
    response = Response(request, errors)
    iterable = environ = None
    try:
        environ = make_environ(request, errors, settings)
        iterable = application(environ, response.start_response)
        response.send(iterable)
        response.finish()
    except RequestEnded as error:
        request.settle()
        response.abort()
        # The host has logged a passed deadline already.
        if error.reason == "client-gone":
            log_line(errors, request_line, "the client went away")
    except ClientDisconnected as error:
        request.settle()
        response.give_up()
        log_line(errors, request_line, f"the client went away: {error}")
    except BaseException as error:
        # SystemExit and KeyboardInterrupt, too: no request may end its server.
        request.settle()
        reserve.release()
        _fail(response, request_line, errors, error, environ)
    finally:
        _close(iterable, request, request_line, errors)
        if len(sys.modules) > imported.known and developing():
            imported.note(request_line, errors)


def _fail(response, request_line, errors, error: BaseException, environ: dict | None) -> None:
    out_of_memory = isinstance(error, MemoryError)
    page = None
    if out_of_memory:
        # The traceback keeps its frames alive, and their locals mostly hold the data that filled the memory.
        traceback.clear_frames(error.__traceback__)
    elif usage := developing():
        from .error_page import page_of

        page = page_of(error, environ, usage)
    response.fail(out_of_memory, page)
    log_error(errors, request_line, error)


def _close(iterable, request, request_line, errors) -> None:
    """Calls the app iterable's close(), on every path ("Specification Details")."""
    try:
        close = getattr(iterable, "close", None)
        if close is not None:
            close()
    except RequestEnded:
        request.settle()
    except BaseException as error:
        request.settle()
        # The response has ended already, so the error can only be logged.
        reserve.release()
        log_error(errors, request_line, error)
