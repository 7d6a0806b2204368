"""Does with files what `operations.py` does, below the folder that the query names."""

import json

from operations import outcomes


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(outcomes(environ["QUERY_STRING"])).encode()]
