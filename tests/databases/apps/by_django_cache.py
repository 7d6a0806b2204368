"""Redis as Django's cache, and as the store of its sessions."""

import os

import django
from django.conf import settings
from given import password, port, told

OPTIONS = {"username": "owner", "password": password()}
if "CA" in os.environ:
    OPTIONS["ssl_ca_data"] = os.environ["CA"]
SCHEME = "rediss" if "CA" in os.environ else "redis"
settings.configure(
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"{SCHEME}://127.0.0.1:{port('')}",
            "OPTIONS": OPTIONS,
        }
    },
)
django.setup()

from django.contrib.sessions.backends.cache import SessionStore  # noqa: E402 -- wants the settings
from django.core.cache import cache  # noqa: E402


def cached(query):
    cache.set_many({"first": 1, "second": {"nested": "☂"}}, timeout=60)
    return [cache.get_many(["first", "second"]), cache.incr("first"), cache.add("first", 5), cache.get("third", "no")]


def session(query):
    kept = SessionStore()
    kept["basket"] = ["Villette"]
    kept.save()
    return SessionStore(kept.session_key)["basket"]


application = told(globals(), OSError)
