"""Shows the environ as JSON: strings as they are, the type's name for everything else."""

import json


def app(environ, start_response):
    shown = {
        key: value if isinstance(value, (str, bool)) else type(value).__name__
        for key, value in environ.items()
    }
    shown["wsgi.version"] = list(environ["wsgi.version"])
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(shown).encode()]
