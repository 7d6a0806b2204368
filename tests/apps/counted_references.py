"""What the interpreter counts, frees and collects in a request: docs/internals/memory.md tells it."""

import gc
import json
import sys
import weakref


class _Thing:
    pass


_imported = [_Thing()]


def _counts():
    return {
        "imported": sys.getrefcount(_imported[0]),
        "own": sys.getrefcount(_Thing()),
        "frozen": gc.get_freeze_count(),
    }


def _freed():
    thing = _Thing()
    alone = weakref.ref(thing)
    del thing
    freed_at_once = alone() is None
    thing = _Thing()
    thing.itself = thing
    in_a_cycle = weakref.ref(thing)
    del thing
    waits = in_a_cycle() is not None
    gc.collect()
    return {"freed at once": freed_at_once, "waits in a cycle": waits, "collected": in_a_cycle() is None}


def _dropped():
    reference = weakref.ref(_imported.pop())
    gc.collect()
    return {"imported one lives": reference() is not None}


def _collected():
    return gc.collect()


def _nothing():
    return None


_WAYS = {"/counts": _counts, "/freed": _freed, "/dropped": _dropped, "/collected": _collected, "/": _nothing}


def app(environ, start_response):
    body = json.dumps(_WAYS[environ["PATH_INFO"]]()).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]
