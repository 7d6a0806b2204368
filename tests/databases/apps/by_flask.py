"""Redis as Flask's extensions use it: a limit of requests by Flask-Limiter, sessions by Flask-Session.

Both connect in the first request, so that they can be made at import, as ever.
"""

import os

import redis
from flask import Flask, session
from flask_limiter import Limiter
from flask_session import Session
from given import authority, password

TLS = {"ssl": True, "ssl_ca_data": authority()} if os.environ["SCHEME"] == "rediss" else {}
STORE = redis.Redis("127.0.0.1", int(os.environ["PORT"]), username="owner", password=password(), **TLS)

application = Flask(__name__)
application.config.update(SESSION_TYPE="redis", SESSION_REDIS=STORE)
Session(application)
limiter = Limiter(
    lambda: "everybody",
    app=application,
    storage_uri="redis://",
    storage_options={"connection_pool": STORE.connection_pool},
)


@application.get("/limited")
@limiter.limit("3 per hour")
def limited():
    return {"said": "passed"}


@application.get("/counted")
def counted():
    session["count"] = session.get("count", 0) + 1
    return {"count": session["count"]}
