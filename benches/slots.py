"""What an idle slot of the pool costs: a server with 1,000 of them beside one with a single one."""

from collections.abc import Callable
from dataclasses import dataclass

from measure import load, pss
from peers import App, Peer, apps, wasgi

SLOTS = 1000
#: Requests at once that leave as many slots used as the server lets run at once, and seconds of it.
BURST, SECONDS = 256, 2


@dataclass
class Idle:
    """Bytes of PSS, the image's pages included; `used` after the burst."""

    one_fresh: int
    one_used: int
    all_fresh: int
    all_used: int


def measure(serving: Callable) -> Idle:
    figures = [size for slots in (1, SLOTS) for size in of_server(serving, apps()[0], slots)]
    return Idle(*figures)


def of_server(serving: Callable, app: App, slots: int) -> tuple[int, int]:
    options = ["--concurrency", str(slots), "--queue", str(SLOTS)]
    peer = Peer("wasgi", "instance", str, lambda app, port: [*wasgi(app, port), *options])
    with serving(peer, app) as (pid, port):
        fresh = pss(pid)
        load(pid, port, BURST, SECONDS)
        return fresh, pss(pid)
