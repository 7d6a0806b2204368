"""Packages that have one thread do what another one waits for, while that has no way to say so."""

import sys

# Modules whose functions are ours by now.
_adapted: set[str] = set()
_ASGIREF = "asgiref.current_thread_executor"


def adapt() -> None:
    """Called when a thread is started."""
    if _ASGIREF in sys.modules and _ASGIREF not in _adapted:
        _adapted.add(_ASGIREF)
        _adapt_asgiref(sys.modules[_ASGIREF].CurrentThreadExecutor)


def _adapt_asgiref(kind: type) -> None:
    """async_to_sync: its caller waits below for the thread of the loop, whose sync_to_async waits for the caller."""
    import threading
    from concurrent.futures import Future

    from .threads import as_thread

    submit_from_afar = kind.submit

    def submit(executor, fn, /, *args, **kwargs):
        is_own = threading.current_thread() is executor._work_thread
        if is_own or (executor._broken and getattr(executor, "_old_executor", None) is None):
            return submit_from_afar(executor, fn, *args, **kwargs)
        future = Future()
        as_thread(executor._work_thread, lambda: _fulfil(future, fn, args, kwargs))
        return future

    kind.submit = submit


def _fulfil(future, function, args: tuple, kwargs: dict) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


def adapt_pool(pool) -> None:
    """Called when multiprocessing.pool is imported: ThreadPool asks for a pipe, of which its threads need none."""
    from queue import SimpleQueue

    class Notifier(SimpleQueue):
        _reader = None

    class Context:
        SimpleQueue = Notifier

    def __init__(threads, processes=None, initializer=None, initargs=()):
        pool.Pool.__init__(threads, processes, initializer, initargs, context=Context)

    pool.ThreadPool.__init__ = __init__
