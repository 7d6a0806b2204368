"""Answers the requests of `wasgi check` with what a request shows of the application's obedience to PEP 3333.

The application runs in wsgiref's validator, before the gateway's own response, which is strict, too. What the
client gets is the report.
"""

import io
import json
import traceback
import warnings
from wsgiref import validate

from wasgi import RequestEnded

from .errors import ProtocolError
from .layout import APPLICATION, GATEWAY
from .response import Response
from .tracebacks import format_error

# A header of the checked request: the method that the application is to see. HEAD could have no report.
_METHOD = "HTTP_WASGI_CHECK"
# Characters of a message, which may quote a whole body.
_LONGEST = 200
_AS_BYTES = 'encode it: text.encode("utf-8")'
# What mends the fault, by the validator's function that found it.
_CURES = {
    "check_status": 'write the status as "200 OK": a str of three digits, a space and a reason',
    "check_headers": "give start_response() a list of (name, value) tuples of str, without line breaks",
    "check_content_type": 'add ("Content-Type", "text/html; charset=utf-8"), but not to 204 and 304',
    "check_exc_info": "pass sys.exc_info() or nothing",
    "check_iterator": "return a list: [body]",
    "lint_app": "return an iterable of bytes, if only []",
    "start_response_wrapper": "call start_response(status, headers) by position",
    "IteratorWrapper.__next__": f"call start_response() first; where a block is text, {_AS_BYTES}",
    "WriteWrapper.__call__": f"write() takes bytes: {_AS_BYTES}",
    "InputWrapper.read": 'give a size: read(int(environ.get("CONTENT_LENGTH") or 0))',
    "InputWrapper.close": "leave it open: the stream is the server's",
    "ErrorWrapper.write": "wsgi.errors takes str: decode the bytes",
    "ErrorWrapper.close": "leave it open: the stream is the server's",
}
# What it finds there without a word.
_UNSAID = {
    "check_headers": "a header is no pair of name and value",
    "WriteWrapper.__call__": "write() was given what is not bytes",
    "InputWrapper.read": "wsgi.input.read() was called without a size",
    "ErrorWrapper.write": "wsgi.errors.write() was given what is not a str",
}
_HELPERS = frozenset({"assert_", "check_string_type"})
# Its file, as frames show it.
_VALIDATOR = validate.validator.__code__.co_filename
# What the validator hands to the application, with what PEP 3333 says of each.
_STREAMS = {
    validate.InputWrapper: "wsgi.input has read(size), readline(), readlines() and iteration",
    validate.ErrorWrapper: "wsgi.errors has write(), writelines() and flush()",
    validate.WriteWrapper: "write() can only be called",
}


def checked(application):
    """Returns the application for `wasgi check`: requests that are none of its own are answered as ever."""
    validated = validate.validator(application)

    def answer(environ, start_response):
        method = environ.pop(_METHOD, None)
        if method is None:
            return application(environ, start_response)
        environ["REQUEST_METHOD"] = method
        report = json.dumps(_examine(validated, environ)).encode()
        start_response("200 OK", [("Content-Type", "application/json")])
        return [report]

    return answer


class _Nowhere:
    """A request whose response nobody reads."""

    def __init__(self, environ: dict):
        self.method, self.target = environ["REQUEST_METHOD"], environ["RAW_URI"]

    def start(self, status, headers):
        pass

    def write(self, data):
        pass

    def finish(self):
        pass

    def abort(self):
        pass


def _examine(validated, environ: dict) -> dict:
    """Serves a request; returns its status, the rules that it breaks with their cures, and the exception."""
    remarks, error = io.StringIO(), None
    response = Response(_Nowhere(environ), remarks)
    with warnings.catch_warnings():
        # Of statuses, which the response refuses.
        warnings.simplefilter("ignore", validate.WSGIWarning)
        try:
            _serve(validated, environ, response)
        except (RequestEnded, MemoryError):
            # The host, and the gateway, know what to say of these.
            raise
        except BaseException as raised:
            error = raised
    rules = [_rule(line.partition(": ")[2]) for line in remarks.getvalue().splitlines()]
    if (broken := _broken(error)) is not None:
        rules.append(broken)
        error = None
    return {"status": response.code, "rules": rules, "error": error and _described(error)}


def _serve(validated, environ: dict, response: Response) -> None:
    iterable = validated(environ, response.start_response)
    try:
        response.send(iterable)
    finally:
        iterable.close()


def _broken(error: BaseException | None) -> dict | None:
    """Returns the rule that an exception speaks of, if it is no error of the application's own."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)] if error else []
    where = _where(error)
    if isinstance(error, ProtocolError):
        return _rule(str(error), where=where)
    if isinstance(error, AttributeError) and (known := _STREAMS.get(type(error.obj))):
        return _rule(f"uses {error.name!r} of a stream of the server's", f"{known} alone", where)
    if not isinstance(error, AssertionError) or frames[-1].f_code.co_filename != _VALIDATOR:
        return None
    codes = [frame.f_code for frame in frames if frame.f_code.co_filename == _VALIDATOR]
    names = [code.co_qualname.rpartition("<locals>.")[2] for code in codes]
    name = next(name for name in reversed(names) if name not in _HELPERS)
    return _rule(str(error) or _UNSAID.get(name, name), _CURES.get(name, ""), where)


def _rule(text: str, cure: str = "", where: str = "") -> dict:
    text = " ".join(text.split())
    return {"text": text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …", "cure": cure, "where": where}


def _where(error: BaseException | None) -> str:
    """Returns the innermost line of the application itself, else of its packages; empty without one."""
    places = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__ if error else None)
        if not frame.f_code.co_filename.startswith((GATEWAY, "<frozen", _VALIDATOR))
    ]
    own = [place for place in places if place[0].startswith(APPLICATION)]
    for file, line in reversed(own or places):
        return f"{file.removeprefix(APPLICATION).lstrip('/')}:{line}"
    return ""


def _described(error: BaseException) -> dict:
    shown = format_error(error)
    return {"text": shown.rstrip().splitlines()[-1], "where": _where(error), "traceback": shown}
