"""What reference counts and cycle collection cost a native WSGI process, and how to see it: `just counts`.

A process imports an application, answers some requests, and forks, as gunicorn does with `--preload`. The
child begins with its parent's pages; those that it writes to, the kernel copies for it. To count a reference
is a write, and so is to look for cycles.
"""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from wsgiref.util import setup_testing_defaults

from measure import told
from peers import apps, make_databases
from report import table, table_line

#: Requests before the fork, and in a child.
WARM, MANY = 20, 100
#: Seconds in which a child answers requests to tell how much of them collecting takes.
TIMED = 3
HEADINGS = [
    "",
    "pages that a child writes to: first request",
    f"{MANY} requests",
    "then a collection",
    "the same three, frozen before the fork",
    "requests between collections of generation 0 / 1 / 2",
    "of the time",
]


def ask(app: Callable) -> None:
    environ: dict = {}
    setup_testing_defaults(environ)
    answer = app(environ, lambda status, headers, exc_info=None: None)
    for _ in answer:
        pass
    if hasattr(answer, "close"):
        answer.close()


def written(steps: list[Callable[[], object]]) -> list[int]:
    """How many pages a child has of its own after each step, besides those that it has for being a child."""
    (reader, done), (begin, writer) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        # What the waiting itself writes to is written before it is counted.
        for step in [lambda: None, *steps]:
            os.read(begin, 1)
            step()
            os.write(done, b".")
        os.read(begin, 1)
        os._exit(0)
    pages = []
    for _ in [None, *steps]:
        os.write(writer, b".")
        os.read(reader, 1)
        pages.append(own_pages(child))
    os.write(writer, b".")
    os.waitpid(child, 0)
    return [after - pages[0] for after in pages[1:]]


def own_pages(pid: int) -> int:
    """Pages that are private to a process because it wrote to them."""
    return told(pid, "smaps_rollup", "Private_Dirty:") // os.sysconf("SC_PAGE_SIZE")


def collections(app: Callable) -> tuple[list[str], float]:
    """Requests for each collection of a generation, and the share of the time that collections take."""
    spent, began, requests = 0.0, time.perf_counter(), 0
    start = began

    def counted() -> list[int]:
        return [generation["collections"] for generation in gc.get_stats()]

    def heard(phase: str, _: dict) -> None:
        nonlocal spent, start
        if phase == "start":
            start = time.perf_counter()
        else:
            spent += time.perf_counter() - start

    before = counted()
    gc.callbacks.append(heard)
    while time.perf_counter() < began + TIMED:
        ask(app)
        requests += 1
    gc.callbacks.remove(heard)
    each = [f"{requests / (b - a):.3g}" if b > a else "-" for a, b in zip(before, counted(), strict=True)]
    return each, spent / (time.perf_counter() - began)


def row(name: str, folder: str) -> None:
    os.chdir(folder)
    sys.path.insert(0, folder)
    from app import app

    for _ in range(WARM):
        ask(app)

    def ask_often() -> None:
        for _ in range(MANY - 1):
            ask(app)

    steps: list[Callable[[], object]] = [lambda: ask(app), ask_often, gc.collect]
    gc.collect()
    # What the parent writes to becomes the child's own, too. After its first fork, that is more than later.
    written([])
    plain = written(steps)
    gc.freeze()
    frozen = written(steps)
    gc.unfreeze()
    each, share = collections(app)
    # The third is what the collection adds.
    alone = [[first, many, all_ - many] for first, many, all_ in (plain, frozen)]
    cells = [name, *map(str, alone[0]), " / ".join(map(str, alone[1])), " / ".join(each), f"{share:.1%}"]
    print(table_line(cells), flush=True)


def main() -> None:
    if len(sys.argv) == 3:
        row(*sys.argv[1:])
        return
    make_databases()
    print(table(HEADINGS, []), flush=True)
    for app in apps():
        subprocess.run([sys.executable, __file__, app.name, str(app.folder)], check=True)


if __name__ == "__main__":
    main()
