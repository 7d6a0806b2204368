"""Changes its environ as it likes, and tells whether it found it unchanged."""


def app(environ, start_response):
    found = environ["wsgi.multithread"], "changing.seen" in environ, environ["SCRIPT_NAME"]
    environ["changing.seen"] = environ["SCRIPT_NAME"] = environ["wsgi.multithread"] = "changed"
    del environ["REQUEST_METHOD"], environ["wsgi.input"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr(found).encode()]
