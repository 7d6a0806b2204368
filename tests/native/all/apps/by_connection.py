"""Makes a WSGI application of functions of a database's connection, by path: each answers with JSON.

The query string names the server, and the body is the certificate of who certifies it.
"""

import contextlib
import json
from pathlib import Path
from urllib.parse import parse_qs


def by_connection(connect, refusal, at_import, functions):
    """An application of `functions` by their names.

    `connect` raises `refusal` where there is no connection to be had; /at_import answers with `at_import`.
    """

    def answer(path, query, authority):
        if path == "at_import":
            return at_import
        if authority:
            Path("/tmp/authority.pem").write_text(authority)
        try:
            connection = connect(query)
        except refusal as error:
            return [type(error).__name__, str(error)]
        with contextlib.closing(connection):
            return functions[path](connection)

    def app(environ, start_response):
        query = parse_qs(environ["QUERY_STRING"]).get("dsn", [""])[0]
        authority = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        body = json.dumps(answer(environ["PATH_INFO"][1:], query, authority), default=str)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [body.encode()]

    return app
