"""What idle slots of the pool cost: a server with 1,000 of them beside one with a single one."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from held import held, holding
from measure import own_memory
from peers import App, Peer, apps, wasgi

SLOTS = 1000
#: Seconds until the sandboxes of requests that were let go are idle again, or have begun to be held.
SETTLED = 2


@dataclass
class Idle:
    """Bytes that SLOTS slots take more than one does: before their first request, and after each had one."""

    fresh: int
    used: int


def measure(serving: Callable) -> Idle:
    app = held(apps()[0])
    (one_fresh, one_used), (all_fresh, all_used) = (of_server(serving, app, slots) for slots in (1, SLOTS))
    return Idle(all_fresh - one_fresh, all_used - one_used)


def of_server(serving: Callable, app: App, slots: int) -> tuple[int, int]:
    options = ["--concurrency", str(slots)]
    peer = Peer("wasgi", "instance", str, lambda app, port: [*wasgi(app, port), *options])
    with serving(peer, app) as (pid, port):
        fresh = own_memory(pid)
        # All at once, so that each is in a slot of its own.
        with holding(port, slots):
            time.sleep(SETTLED)
        time.sleep(SETTLED)
        return fresh, own_memory(pid)
