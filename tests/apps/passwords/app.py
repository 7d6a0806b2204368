"""Passwords as Werkzeug hashes them by default, and by the other way that it knows."""

import json
import time

from werkzeug.security import check_password_hash, generate_password_hash


def app(environ, start_response):
    method = environ["QUERY_STRING"]
    start = time.perf_counter()
    hashed = generate_password_hash("correct horse", *([method] if method else []))
    seen = [hashed, check_password_hash(hashed, "correct horse"), check_password_hash(hashed, "wrong horse")]
    print(f"{method}: {time.perf_counter() - start:.3f} s for three", file=environ["wsgi.errors"])
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]
