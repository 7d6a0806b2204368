"""Buffers bodies without a Content-Length, for frameworks that would ignore them.

By PEP 3333 an application reads up to CONTENT_LENGTH bytes ("Input and Error Streams"), and a chunked body
has no length. Frameworks that know `wsgi.input_terminated` read to the end; these take the body for empty.
"""

import io
import sys

# The modules that read bodies: bottle.BaseRequest, django's WSGIRequest, falcon.Request.bounded_stream.
_FRAMEWORKS = ("bottle", "django.core.handlers.wsgi", "falcon.request")


def is_needed() -> bool:
    """Whether the imported application uses such a framework."""
    return any(module in sys.modules for module in _FRAMEWORKS)


def with_length(application):
    """Wraps an application: reads a body of unknown length whole, and sets its length, before the call.

    Bodies of known length stay lazy, as do those of GET and HEAD requests.
    """

    def wrapped(environ, start_response):
        if "CONTENT_LENGTH" not in environ and environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            body = environ["wsgi.input"].read()
            environ["CONTENT_LENGTH"] = str(len(body))
            environ["wsgi.input"] = io.BytesIO(body)
        return application(environ, start_response)

    return wrapped
