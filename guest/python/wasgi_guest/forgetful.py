"""Names what an application keeps in memory from one request to the next, which here each request forgets."""

import gc

from . import inert
from .forgetful_settings import findings

_CACHES = "caches in memory what each request forgets: Redis, or files in a granted directory, keep it"
_COUNTS = "counts in memory one request and no other: count in the proxy"
_LIMITS = "counts in memory, so that no client ever reaches a limit, or each one does if the warm-up did: "
_JOBS = "runs jobs behind requests, and no request waits for them: use cron, or a queue and its worker"
# By class: what its instances do elsewhere, and what does it here. docs/guide/state.md has the same list.
_KEEPERS = {
    "apscheduler.schedulers.asyncio.AsyncIOScheduler": _JOBS,
    "apscheduler.schedulers.background.BackgroundScheduler": _JOBS,
    "beaker.container.MemoryNamespaceManager": _CACHES,
    "cachelib.simple.SimpleCache": _CACHES,
    "django.core.cache.backends.locmem.LocMemCache": _CACHES,
    "dogpile.cache.backends.memory.MemoryBackend": _CACHES,
    "flask_caching.backends.simplecache.SimpleCache": _CACHES,
    "huey.storage.MemoryStorage": (
        "keeps tasks in memory, where no worker finds them: RedisHuey, or SqliteHuey in a granted directory"
    ),
    "limits.storage.memory.MemoryStorage": _LIMITS + "storage_uri=redis://… counts for all",
    "prometheus_client.metrics.Counter": _COUNTS,
    "prometheus_client.metrics.Gauge": _COUNTS,
    "prometheus_client.metrics.Histogram": _COUNTS,
    "prometheus_client.metrics.Summary": _COUNTS,
    "pyrate_limiter.buckets.in_memory_bucket.InMemoryBucket": _LIMITS + "RedisBucket counts for all",
    "schedule.Job": _JOBS,
}


def notes() -> list[str]:
    """Returns a note on each kind of such objects that exists, and on settings that ask for them."""
    kinds = {id(kind): kind for kind in map(type, gc.get_objects())}
    names = sorted({inert.label(kind) for kind in kinds.values()} & _KEEPERS.keys())
    found = [f"{name} {_KEEPERS[name]}" for name in names] + findings()
    return [f"{note} (docs/guide/state.md)" for note in found]
