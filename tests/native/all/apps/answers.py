"""Makes a WSGI application of functions, by path: each answers with JSON."""

import json


def by_path(**functions):
    def app(environ, start_response):
        answer = functions.get(environ["PATH_INFO"].strip("/"), lambda: sorted(functions))()
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer, ensure_ascii=False, default=repr).encode()]

    return app


def raised(function, *words, **names):
    """The kind and the text of the exception that it raises."""
    try:
        function(*words, **names)
    except Exception as error:
        return type(error).__name__, str(error)
    return None
