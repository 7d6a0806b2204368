"""Adapts packages whose threads could not run on one stack otherwise (threads.py)."""

import sys

# Modules adapted so far.
_adapted: set[str] = set()
_ASGIREF = "asgiref.current_thread_executor"


def adapt() -> None:
    """Called when a thread is started."""
    if _ASGIREF in sys.modules and _ASGIREF not in _adapted:
        _adapted.add(_ASGIREF)
        _adapt_asgiref(sys.modules[_ASGIREF].CurrentThreadExecutor)


def _adapt_asgiref(kind: type) -> None:
    """async_to_sync: its caller runs, on its own stack, work from the loop's thread above it."""
    import threading

    from .threads import Helper, wait

    run_elsewhere = kind.run_until_future

    class Works(Helper):
        def __init__(self, executor, future):
            # Before asgiref 3.10 this was a queue.Queue with the future as its last item.
            self.items = (
                executor._work_items if hasattr(executor, "_work_items") else executor._work_queue.queue
            )
            self._future = future

        def help(self):
            if not self.items or self.items[0] is self._future:
                return False
            self.items.popleft().run()
            return True

    def run_until_future(executor, future):
        if threading.current_thread() is not executor._work_thread:
            run_elsewhere(executor, future)
            return
        works = Works(executor, future)
        future.add_done_callback(lambda _: setattr(executor, "_broken", True))
        while wait(lambda: bool(works.items) or future.done(), -1, works) and works.help():
            pass

    kind.run_until_future = run_until_future


def adapt_pool(pool) -> None:
    """Called when multiprocessing.pool is imported: ThreadPool makes a pipe that its threads do not need."""
    from queue import SimpleQueue

    class Notifier(SimpleQueue):
        _reader = None

    class Context:
        SimpleQueue = Notifier

    def make(threads, processes=None, initializer=None, initargs=()):
        pool.Pool.__init__(threads, processes, initializer, initargs, context=Context)

    pool.ThreadPool.__init__ = make
