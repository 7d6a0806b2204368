"""Does what the path names with threads, and tells what came of it."""

import json


def _joined():
    import threading

    names = []
    threads = [
        threading.Thread(target=lambda: names.append(threading.current_thread().name), name=name)
        for name in "abc"
    ]
    for thread in threads:
        thread.start()
    before = names.copy(), [thread.is_alive() for thread in threads]
    for thread in threads:
        thread.join()
    return *before, names, [thread.is_alive() for thread in threads], threading.active_count()


def _own():
    import contextvars
    import threading

    local, variable = threading.local(), contextvars.ContextVar("variable", default="unset")
    local.value = "main"
    variable.set("main")
    seen = []

    def look():
        seen.append((getattr(local, "value", "unset"), variable.get(), threading.get_ident()))
        local.value = "thread"
        variable.set("thread")

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join()
    assert [ident for *_, ident in seen] == [thread.ident for thread in threads]
    return [own for *own, _ in seen], local.value, variable.get(), len({ident for *_, ident in seen})


def _executor():
    from concurrent.futures import ThreadPoolExecutor, as_completed, wait

    with ThreadPoolExecutor(2) as pool:
        squares = [pool.submit(pow, number, 2) for number in range(5)]
        done = sorted(future.result() for future in as_completed(squares))
        failed = pool.submit(int, "x")
        wait([failed])
        within = pool.submit(lambda: pool.submit(len, "abc").result()).result()
        return done, list(pool.map(len, ["a", "bc"])), type(failed.exception()).__name__, within


def _initialized():
    import threading
    from concurrent.futures import ThreadPoolExecutor

    local, made = threading.local(), []

    def initialize():
        made.append(1)
        local.value = len(made)

    with ThreadPoolExecutor(1, initializer=initialize) as pool:
        return [pool.submit(lambda: local.value).result() for _ in range(3)], len(made)


def _thread_pool():
    from multiprocessing.pool import ThreadPool

    with ThreadPool(2) as pool:
        found = (
            pool.map(len, ["a", "bc"]),
            pool.apply_async(pow, (2, 5)).get(5),
            list(pool.imap(len, ["abc"])),
        )
    pool = ThreadPool(2)
    result = pool.map_async(str, range(3))
    pool.close()
    pool.join()
    return *found, result.get()


def _workers():
    import queue
    import threading

    work, done = queue.Queue(), []

    def loop():
        while True:
            done.append(work.get())
            work.task_done()

    for _ in range(3):
        threading.Thread(target=loop, daemon=True).start()
    for number in range(6):
        work.put(number)
    work.join()
    return done


def _sentinels():
    import queue
    import threading

    work, done = queue.SimpleQueue(), []

    def loop():
        while (item := work.get()) is not None:
            done.append(item)

    threads = [threading.Thread(target=loop) for _ in range(2)]
    for thread in threads:
        thread.start()
    for item in ["a", "b", None, None]:
        work.put(item)
    for thread in threads:
        thread.join()
    return done


def _timers():
    import threading
    import time

    rung = []
    began = time.monotonic()
    timer, cancelled = (threading.Timer(0.05, rung.append, (name,)) for name in ["rung", "cancelled"])
    timer.start()
    cancelled.start()
    cancelled.cancel()
    timer.join()
    cancelled.join()
    return rung, time.monotonic() - began >= 0.05


def _polled():
    import threading
    from time import sleep

    thread = threading.Thread(target=sleep, args=(0.01,))
    thread.start()
    while thread.is_alive():
        sleep(0.01)
    return "ended"


def _listener():
    import logging
    import logging.handlers
    import queue

    records, told = queue.Queue(), []

    class Handler(logging.Handler):
        def emit(self, record):
            told.append(record.getMessage())

    listener = logging.handlers.QueueListener(records, Handler())
    listener.start()
    logger = logging.getLogger("tests.apps.threads")
    logger.addHandler(logging.handlers.QueueHandler(records))
    logger.warning("one")
    records.join()
    logger.warning("two")
    listener.stop()
    return told


def _locks():
    import threading

    lock, recursive, taken = threading.Lock(), threading.RLock(), []
    lock.acquire()
    found = [lock.acquire(timeout=0.01), lock.acquire(False)]
    with recursive, recursive:
        thread = threading.Thread(target=lambda: taken.append(recursive.acquire(timeout=0.01)))
        thread.start()
        thread.join()
    return *found, taken


def _after():
    import threading

    threading.Thread(target=print, args=("after the answer",)).start()
    return "started"


def _failing():
    import threading

    thread = threading.Thread(target=int, args=("of a thread",))
    thread.start()
    thread.join()
    return "joined"


_WAYS = {
    "joined": _joined,
    "own": _own,
    "executor": _executor,
    "initialized": _initialized,
    "thread-pool": _thread_pool,
    "workers": _workers,
    "sentinels": _sentinels,
    "timers": _timers,
    "polled": _polled,
    "listener": _listener,
    "locks": _locks,
    "after": _after,
    "failing": _failing,
}


def app(environ, start_response):
    way = environ["PATH_INFO"].rpartition("/")[2]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(_WAYS[way]()).encode()]
