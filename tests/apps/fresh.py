"""What must differ from request to request although all begin with the same memory."""

import os
import random
import secrets
import tempfile
import time
import uuid


def _flood():
    while True:
        os.urandom(4096)


def app(environ, start_response):
    drawn = {
        "random": random.random,
        "secrets": secrets.token_hex,
        "uuid4": uuid.uuid4,
        "time": time.time_ns,
        "flood": _flood,
        "tempfile": lambda: next(tempfile._get_candidate_names()),
    }[environ["PATH_INFO"].rpartition("/")[2]]()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(drawn).encode()]
