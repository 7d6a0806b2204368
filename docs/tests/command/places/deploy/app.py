"""An application with a setting from the environment and a file in a granted directory."""

import os

SECRET_KEY = os.environ.get("SECRET_KEY", "none")


def app(environ, start_response):
    if os.path.isdir("/data"):
        with open("/data/visits", "a") as visits:
            print("one", file=visits)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [SECRET_KEY.encode()]
