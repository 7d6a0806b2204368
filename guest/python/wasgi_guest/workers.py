"""Worker loops of threads that are known to keep no state between two pieces of work.

A worker without work leaves its loop, and starts it again when there is work: that has the same effect as
waiting. Other functions must not be restarted, because they might repeat side effects.
"""

import sys
from queue import Empty

# Functions that detect work, by module and name of a method. The method begins with its wait, so unwinding it
# there does no harm.
_BEGUN_ANEW = {
    ("anyio._backends._asyncio", "WorkerThread.run"): lambda thread: not thread.queue.empty(),
    ("logging.handlers", "QueueListener._monitor"): lambda listener: not listener.queue.empty(),
    ("opentelemetry.sdk._shared_internal", "BatchProcessor.worker"): lambda processor: (
        processor._shutdown or processor._worker_awaken.is_set()
    ),
    ("sentry_sdk.worker", "BackgroundWorker._target"): lambda worker: not worker._queue.empty(),
}
# The functions by which such a method waits for work.
_WAYS = frozenset({"acquire", "dequeue", "get", "wait", "wait_for"})


def resumable(thread):
    """Returns a thread's worker, None if its function is not known.

    The worker's turn() returns None when the thread has ended, else a function that detects work.
    """
    target = getattr(thread, "_target", None)
    function = target if target is not None else thread.run
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if (module, name) in _BEGUN_ANEW:
        return _Anew(function, _BEGUN_ANEW[module, name])
    if (module, name) == ("concurrent.futures.thread", "_worker"):
        return _Executor(*thread._args)
    turns = _POOL.get(name) if module == "multiprocessing.pool" else None
    return turns(thread, *thread._args) if turns else None


def is_between_turns(worker) -> bool:
    """Whether the caller is a worker's wait for work, and not the work itself."""
    code = worker.code
    frame = sys._getframe(1)
    while frame is not None and frame.f_code is not code:
        if frame.f_code.co_name not in _WAYS and frame.f_globals.get("__package__") != __package__:
            return False
        frame = frame.f_back
    return code is not None and frame is not None


class _Anew:
    """A method that restarts after its wait for work."""

    def __init__(self, method, has_work):
        self.turn = method
        self.code = method.__func__.__code__
        self.has_work = lambda: has_work(method.__self__)


class _Executor:
    """A worker of concurrent.futures.ThreadPoolExecutor."""

    # It never waits itself.
    code = None

    def __init__(self, reference, queue, initializer, initargs):
        self._reference, self._queue = reference, queue
        self._initializer, self._initargs = initializer, initargs

    def turn(self):
        if not self._initialize():
            return None
        while True:
            try:
                item = self._queue.get_nowait()
            except Empty:
                self._tell_idle()
                return self.has_work
            if item is None:
                if self._is_over():
                    return None
                continue
            item.run()
            del item

    def has_work(self) -> bool:
        return not self._queue.empty()

    def _initialize(self) -> bool:
        initializer, self._initializer = self._initializer, None
        try:
            if initializer is not None:
                initializer(*self._initargs)
        except BaseException:
            executor = self._reference()
            if executor is not None:
                executor._initializer_failed()
            return False
        return True

    def _tell_idle(self) -> None:
        executor = self._reference()
        if executor is not None:
            executor._idle_semaphore.release()

    def _is_over(self) -> bool:
        executor = self._reference()
        if executor is not None and not executor._shutdown:
            return False
        if executor is not None:
            executor._shutdown = True
        # For the other workers.
        self._queue.put(None)
        return True


class _PoolWorker:
    """multiprocessing.pool.worker, of a ThreadPool."""

    # It never waits itself.
    code = None

    def __init__(  # noqa: PLR0913, PLR0917 (they are CPython's)
        self, thread, inqueue, outqueue, initializer=None, initargs=(), maxtasks=None, wrap_exception=False
    ):
        self._inqueue, self._outqueue = inqueue, outqueue
        self._initializer, self._initargs = initializer, initargs
        self._left = maxtasks

    def turn(self):
        if self._initializer is not None:
            initializer, self._initializer = self._initializer, None
            initializer(*self._initargs)
        while self._left is None or self._left > 0:
            if self._inqueue.empty():
                return lambda: not self._inqueue.empty()
            task = self._inqueue.get()
            if task is None:
                break
            job, number, function, args, kwargs = task
            try:
                result = (True, function(*args, **kwargs))
            except Exception as error:
                result = (False, error)
            self._outqueue.put((job, number, result))
            self._left = None if self._left is None else self._left - 1
        return None


class _PoolTasks:
    """multiprocessing.pool.Pool._handle_tasks"""

    # It never waits itself.
    code = None

    def __init__(self, thread, tasks, put, outqueue, pool, cache):  # noqa: PLR0913, PLR0917 (CPython's)
        self._thread, self._tasks, self._put = thread, tasks, put
        self._outqueue, self._pool, self._cache = outqueue, pool, cache

    def turn(self):
        while True:
            if self._tasks.empty():
                return lambda: not self._tasks.empty()
            given = self._tasks.get()
            if given is None or not self._hand_out(*given):
                break
        self._outqueue.put(None)
        for _ in self._pool:
            self._put(None)
        return None

    def _hand_out(self, tasks, set_length) -> bool:
        count = 0
        for task in tasks:
            if self._thread._state != "RUN":
                return False
            self._put(task)
            count = task[1] + 1
        if set_length:
            set_length(count)
        return True


class _PoolResults:
    """multiprocessing.pool.Pool._handle_results"""

    # It never waits itself.
    code = None

    def __init__(self, thread, outqueue, get, cache):
        self._thread, self._outqueue, self._get, self._cache = thread, outqueue, get, cache
        self._is_last = False

    def turn(self):
        while not self._is_last or (self._cache and self._thread._state != "TERMINATE"):
            if self._outqueue.empty():
                return lambda: not self._outqueue.empty() or self._thread._state == "TERMINATE"
            result = self._get()
            if result is None or self._thread._state == "TERMINATE":
                self._is_last = True
            elif result[0] in self._cache:
                self._cache[result[0]]._set(*result[1:])
        return None


class _PoolKeeper:
    """multiprocessing.pool.Pool._handle_workers"""

    # It never waits itself.
    code = None

    def __init__(self, thread, cache, tasks, *others):
        self._thread, self._cache, self._tasks = thread, cache, tasks
        *self._maintained, _sentinels, self._changes = others

    def turn(self):
        pool = sys.modules["multiprocessing.pool"].ThreadPool
        while self._thread._state == "RUN" or (self._cache and self._thread._state != "TERMINATE"):
            pool._maintain_pool(*self._maintained)
            if self._changes.empty():
                return lambda: not self._changes.empty() or self._thread._state != "RUN"
            while not self._changes.empty():
                self._changes.get()
        self._tasks.put(None)
        return None


_POOL = {
    "worker": _PoolWorker,
    "Pool._handle_tasks": _PoolTasks,
    "Pool._handle_results": _PoolResults,
    "Pool._handle_workers": _PoolKeeper,
}
