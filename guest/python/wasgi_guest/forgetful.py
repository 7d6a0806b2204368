"""Names what an application keeps in memory from one request to the next, which here each request forgets."""

import gc

from . import inert

_CACHES = "caches in memory what each request forgets: Redis, or files in a granted directory, keep it"
_COUNTS = "counts in memory one request and no other: count in the proxy"
# By class: what its instances do elsewhere, and what does it here. docs/guide/state.md has the same list.
_KEEPERS = {
    "apscheduler.schedulers.background.BackgroundScheduler": (
        "runs jobs behind requests, and no request waits for them: use cron, or a queue and its worker"
    ),
    "cachelib.simple.SimpleCache": _CACHES,
    "django.core.cache.backends.locmem.LocMemCache": _CACHES,
    "flask_caching.backends.simplecache.SimpleCache": _CACHES,
    "limits.storage.memory.MemoryStorage": (
        "counts in memory, so that no client ever reaches a limit, or each one does if the warm-up did: "
        "storage_uri=redis://… counts for all"
    ),
    "prometheus_client.metrics.Counter": _COUNTS,
    "prometheus_client.metrics.Histogram": _COUNTS,
    "prometheus_client.metrics.Summary": _COUNTS,
}


def notes() -> list[str]:
    """Returns a note on each kind of such objects that exists."""
    kinds = {id(kind): kind for kind in map(type, gc.get_objects())}
    names = sorted({inert.label(kind) for kind in kinds.values()} & _KEEPERS.keys())
    return [f"{name} {_KEEPERS[name]} (docs/guide/state.md)" for name in names]
