"""Redis as Django's cache, and as the store of its sessions."""

import os

import django
from django.conf import settings
from given import authority, password, told

TLS = {"ssl_ca_data": authority()} if os.environ["SCHEME"] == "rediss" else {}
CACHE = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": f"{os.environ['SCHEME']}://127.0.0.1:{os.environ['PORT']}",
    "OPTIONS": {"username": "owner", "password": password(), **TLS},
}
settings.configure(CACHES={"default": CACHE})
django.setup()

from django.contrib.sessions.backends.cache import SessionStore  # noqa: E402 -- wants the settings
from django.core.cache import cache  # noqa: E402


def cached(query):
    cache.set_many({"first": 1, "second": {"nested": "☂"}}, timeout=60)
    return [
        cache.get_many(["first", "second"]),
        cache.incr("first"),
        cache.add("first", 5),
        cache.get("third", "no"),
    ]


def session(query):
    kept = SessionStore()
    kept["basket"] = ["Villette"]
    kept.save()
    return SessionStore(kept.session_key)["basket"]


application = told(globals(), OSError)
