"""Names each variable that is not a native string: exactly str, and nothing beyond latin-1."""


def _is_native(value) -> bool:
    return type(value) is str and all(ord(character) < 256 for character in value)


def app(environ, start_response):
    wrong = [key for key, value in environ.items() if not key.startswith("wsgi.") and not _is_native(value)]
    wrong += [key for key in environ if not _is_native(key)]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{type(environ) is dict} {type(environ['wsgi.version']).__name__} {wrong}".encode()]
