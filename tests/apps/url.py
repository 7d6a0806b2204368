"""Puts the request's URL together again, by the algorithm of PEP 3333 ("URL Reconstruction")."""

from urllib.parse import quote

_DEFAULT_PORTS = {"http": "80", "https": "443"}


def _url(environ) -> str:
    scheme, port = environ["wsgi.url_scheme"], environ["SERVER_PORT"]
    host = environ.get("HTTP_HOST")
    if not host:
        host = environ["SERVER_NAME"] + ("" if port == _DEFAULT_PORTS[scheme] else f":{port}")
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    query = environ.get("QUERY_STRING")
    return f"{scheme}://{host}{quote(path, encoding='latin-1')}" + (f"?{query}" if query else "")


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [_url(environ).encode()]
