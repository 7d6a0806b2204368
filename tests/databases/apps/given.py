"""What the applications have in common: where the server is, and how they tell what came of it.

The query of a request is the server's port, and `&tls` behind it where the connection is to be over TLS.
"""

import json
import os
import ssl

#: Seconds that the drivers wait for a server. A deadline of the sandbox is longer.
TIMEOUT = 2


def port(query):
    return int(query.partition("&")[0])


def secured(query):
    return query.endswith("&tls")


def authority():
    """The certificate of who signs the servers' certificates, as text."""
    return os.environ["CA"]


def password():
    return os.environ["PASSWORD"]


def context(query):
    """A context of TLS that trusts the authority, and asks for the host's name; or None."""
    return ssl.create_default_context(cadata=authority()) if secured(query) else None


def told(ways, errors):
    """A WSGI application that answers `/<way>` with what the function gives or raises.

    Only `errors` are what users of the driver catch.
    """

    def application(environ, start_response):
        way = ways.get(environ["PATH_INFO"].strip("/"), lambda query: "index")
        try:
            said = way(environ["QUERY_STRING"])
        except errors as error:
            said = {"raised": [each.__name__ for each in type(error).__mro__[:-2]], "text": str(error)}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(said, default=str).encode()]

    return application
