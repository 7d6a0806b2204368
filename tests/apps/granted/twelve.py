"""Settings from the environment at import, and what the request sees of the same variables."""

import os

NAMES = ("SECRET", "FROM", "ONLY")
AT_IMPORT = {name: os.environ.get(name) for name in NAMES} | {"SECRET": os.environ["SECRET"]}


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    seen = [f"{name}={AT_IMPORT[name]}/{os.environ.get(name)}/{environ.get(name)}" for name in NAMES]
    return [" ".join(seen).encode()]
