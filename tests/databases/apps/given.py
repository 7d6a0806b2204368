"""What the applications have in common: where the server is, and how they tell what came of it."""

import json
import os
import ssl

#: Seconds that the drivers wait for a server. A deadline of the sandbox is longer.
TIMEOUT = 2


def port(query):
    """The port of the server, or another one that the request names."""
    return int(query or os.environ["PORT"])


def password():
    return os.environ["PASSWORD"]


def context():
    """A context of TLS that trusts the authority of the environment; None where there is none."""
    authority = os.environ.get("CA")
    return ssl.create_default_context(cadata=authority) if authority else None


def told(ways, errors):
    """A WSGI application that answers `/<way>` with what the function gives, or with the exception that it raises.

    Only `errors` are what users of the driver catch.
    """

    def application(environ, start_response):
        way = ways[environ["PATH_INFO"].strip("/")]
        try:
            said = way(environ["QUERY_STRING"])
        except errors as error:
            said = {"raised": [each.__name__ for each in type(error).__mro__[:-2]], "text": str(error)}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(said, default=str).encode()]

    return application
