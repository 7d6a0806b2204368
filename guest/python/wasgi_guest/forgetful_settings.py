"""Names settings of well-known packages that keep in memory what each request forgets.

Their objects are made in the first request that needs them, so that at a build only the settings say it.
"""

import gc
import sys

from . import inert

_LOCAL = "django.core.cache.backends.locmem.LocMemCache"
_IN_CACHE = "django.contrib.sessions.backends.cache"
_MISSING = object()


def findings() -> list[str]:
    """Returns what is wrong with the settings of Django, Django REST framework, Celery and Beaker."""
    found = _django()
    kinds = {"celery.app.base.Celery": _celery, "beaker.middleware.SessionMiddleware": _beaker}
    if not any(inert.entry(sys.modules, name.rpartition(".")[0]) for name in kinds):
        return found
    for value in gc.get_objects():
        check = kinds.get(inert.label(type(value)))
        if check and (note := check(inert.names(value))) and note not in found:
            found.append(note)
    return found


def _django() -> list[str]:
    if inert.text(_within(_setting("CACHES"), "default", "BACKEND")) != _LOCAL:
        return []
    found = []
    if inert.text(_setting("SESSION_ENGINE")) == _IN_CACHE:
        found.append(
            f"{_IN_CACHE} keeps sessions in LocMemCache, which each request forgets, so that nobody stays "
            "logged in: sessions in the database, in signed cookies, or a cache in Redis"
        )
    throttles = _within(_setting("REST_FRAMEWORK"), "DEFAULT_THROTTLE_CLASSES")
    if inert.is_exactly(throttles, list, tuple) and throttles:
        found.append(
            "rest_framework counts throttled requests in LocMemCache, which each request forgets, so that "
            "nobody is refused: a cache in Redis, or in files of a granted directory, counts for all"
        )
    return found


def _setting(name: str):
    """Returns a setting of Django as it was chosen, or its default; None where Django has none yet."""
    settings = inert.entry(inert.names(inert.entry(sys.modules, "django.conf")), "settings")
    chosen = inert.entry(inert.names(inert.entry(inert.names(settings), "_wrapped")), name, _MISSING)
    if chosen is not _MISSING:
        return chosen
    return inert.entry(inert.names(inert.entry(sys.modules, "django.conf.global_settings")), name)


def _celery(application) -> str | None:
    sources = [inert.entry(application, name) for name in ("_preconf", "_config_source")]
    brokers = [inert.text(_within(source, "broker_url")) for source in sources]
    if not any(broker and broker.startswith("memory:") for broker in brokers):
        return None
    return "celery keeps tasks in memory, where no worker finds them: a broker such as redis://…"


def _beaker(middleware) -> str | None:
    options = inert.entry(middleware, "options")
    in_memory = inert.text(_within(options, "type")) in (None, "memory")
    if not in_memory or _within(options, "data_dir") is not None:
        return None
    return (
        "beaker keeps sessions in memory, which each request forgets: session.type=file, with "
        "session.data_dir in a granted directory, or cookie"
    )


def _within(value, *names: str):
    """Returns what dictionaries that lie within each other have at the end of these names, or None."""
    for name in names:
        value = inert.entry(value, name) if inert.is_a(value, dict) else None
    return value
