"""Bodies without a Content-Length, for frameworks that read none then.

By PEP 3333 an application reads as much as CONTENT_LENGTH says ("Input and Error Streams"), and a chunked
body has none. Frameworks that know `wsgi.input_terminated` read to the end; these take the body for empty.
"""

import io
import sys

# By the module that reads the body: bottle.BaseRequest, django's WSGIRequest, falcon.Request.bounded_stream.
_FRAMEWORKS = ("bottle", "django.core.handlers.wsgi", "falcon.request")


def is_needed() -> bool:
    """Whether the application that is now imported stands on such a framework."""
    return any(module in sys.modules for module in _FRAMEWORKS)


def with_length(application):
    """Wraps an application: a body of unknown length is taken whole and counted before it is called.

    Bodies of known length stay lazy, and so does all of a GET or HEAD request.
    """

    def wrapped(environ, start_response):
        if "CONTENT_LENGTH" not in environ and environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            body = environ["wsgi.input"].read()
            environ["CONTENT_LENGTH"] = str(len(body))
            environ["wsgi.input"] = io.BytesIO(body)
        return application(environ, start_response)

    return wrapped
