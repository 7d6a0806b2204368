"""Threads on the one stack that there is: which of them runs, and when.

A thread that is started is set aside. It begins when the code below it waits, for a lock or for time, or when
the request has been answered, and runs until it ends: there is nothing to go back to before that. One that
itself waits lets further threads begin above it. What nobody can give then is an error, or ends the thread.

docs/reference/threads.md has the rules; guest/src/threads.c makes each thread see what is its own. Nothing of
this is imported before something waits or starts.
"""

import sys
import threading
from time import monotonic

from _wasgi_threads import Identity, call_as_main, is_sealed, waiting
from _wasgi_threads import sleep as sleep_alone
from wasgi import Deadlock, RequestEnded

from . import blame, inplace, workers
from .outgoing_wait import Alarm

# Threads that have begun and not ended, and None for the main one that goes on above them. Lowest first.
_running: list = []
# Those who wait. Lowest first.
_waiters: list = []
# Threads that ended where they waited.
_ended: list[str] = []


class SetAside(BaseException):
    """Ends a thread where it waits for what only the code below it can give, as that can go on."""


class _Thread:
    """One that is set aside or runs."""

    def __init__(self, function, args: tuple, kwargs: dict, handle, daemon: bool):
        self._function, self._args, self._kwargs, self._handle = function, args, kwargs, handle
        self.identity = Identity()
        # It ends where it waits in vain, and nobody is told.
        self.daemon = daemon
        # Started by an import that is over.
        self.kept = False
        # What it waits for, where it has been set aside again.
        self.ready = None
        self.place = blame.find()
        self.thread = _thread_of(function)
        self.resumable = workers.resumable(self.thread) if self.thread else None
        handle._begin(self.identity.ident)
        if self.thread is not None:
            self.thread._ident = self.identity.ident
            self.thread._started.set()

    def name(self) -> str:
        name = self.thread.name if self.thread is not None else self._function
        return f"thread {name!r} of {self.place}" if self.place else f"thread {name!r}"

    def may_be_left(self) -> bool:
        """Whether it may be ended where it waits in vain, unasked."""
        if self.resumable:
            return workers.is_between_turns(self.resumable)
        return self.daemon or self.kept

    def may_begin(self, asleep: bool) -> bool:
        """Whether it can go on; `asleep`: whoever lets it has nothing to do but to pass time."""
        if self.kept and (asleep or not (is_sealed() or self.resumable)):
            return False
        return self.ready is None or self.ready()

    def run(self) -> None:
        _running.append(self)
        goes_on = None
        try:
            goes_on = self.identity.call(self._turn)
        except SetAside:
            if self.resumable:
                goes_on = self.resumable.has_work
            else:
                _ended.append(self.name())
        finally:
            _running.pop()
            self.ready = goes_on
            if goes_on is None:
                self._handle._set_done()
        if goes_on is not None:
            with threading._active_limbo_lock:
                threading._limbo[self.thread] = self.thread
            waiting.append(self)

    def _turn(self):
        """Runs as this thread. Gives None at its end, else what tells whether it can go on."""
        if self.thread is None:
            return self._call()
        thread = self.thread
        with threading._active_limbo_lock:
            threading._active[self.identity.ident] = thread
            threading._limbo.pop(thread, None)
        try:
            return self.resumable.turn() if self.resumable else thread.run()
        except (RequestEnded, SetAside):
            raise
        except BaseException:
            thread._invoke_excepthook(thread)
        finally:
            thread._delete()

    def _call(self) -> None:
        try:
            self._function(*self._args, **self._kwargs)
        except (RequestEnded, SetAside):
            raise
        except SystemExit:
            pass
        except BaseException:
            sys.excepthook(*sys.exc_info())


class Helper:
    """Of one who waits: what it can do meanwhile, for threads above it."""

    def help(self) -> bool:
        """Does some of that; whether there was any."""
        return False

    def due(self) -> float | None:
        """When there will be some, by time.monotonic()."""
        return None


class _Waiter:
    def __init__(self, ready, until: float | None, helper: Helper | None = None, watched=list):
        self.ready = ready
        self._until = until
        self.helper = helper
        # What outside of the sandbox may make it ready, as _wasgi_outgoing.wait() takes it.
        self.watched = watched
        self.alarm = Alarm()
        # It helps.
        self.busy = False
        self.thread = _running[-1] if _running else None

    def until(self) -> float | None:
        """When it waits no longer, or has something to do."""
        times = [self._until, self.helper.due() if self.helper else None]
        return min((time for time in times if time is not None), default=None)

    def is_over(self) -> bool:
        return self._until is not None and monotonic() >= self._until

    def can_go_on(self) -> bool:
        until = self.until()
        return not self.busy and (self.ready() or (until is not None and monotonic() >= until))


def start(function, args: tuple, kwargs: dict | None, handle, daemon: bool) -> None:
    """Sets a thread aside; `_thread` calls this."""
    inplace.adapt()
    waiting.append(_Thread(function, args, kwargs or {}, handle, daemon))


def wait_for(thing, seconds: float) -> bool:
    """Waits for a lock, a thread's handle or an item in a queue; `_thread` and `_queue` call this."""
    if hasattr(thing, "locked"):
        return wait(lambda: not thing.locked(), seconds)
    if hasattr(thing, "is_done"):
        return wait(thing.is_done, seconds)
    return wait(lambda: not thing.empty(), seconds)


def wait(ready, seconds: float, helper: Helper | None = None, watched=list) -> bool:
    """Lets threads run until `ready()`, for at most `seconds` (below zero: without end); whether it is ready.

    `watched()` gives exchanges with others that may make it so, as _wasgi_outgoing.wait() takes them.

    Raises Deadlock where nothing is left that could make it ready.
    """
    waiter = _Waiter(ready, monotonic() + seconds if seconds >= 0 else None, helper, watched)
    _waiters.append(waiter)
    try:
        while not ready():
            if not _advance() and not _pass_time(waiter):
                return ready()
        return True
    finally:
        _waiters.pop()


def sleep(seconds: float) -> None:
    """What time.sleep() is where threads are set aside; `time` calls this."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    waiter = _Waiter(_never, monotonic() + seconds)
    _waiters.append(waiter)
    try:
        while _advance(asleep=True) or _pass_time(waiter):
            if waiter.is_over():
                break
    finally:
        _waiters.pop()


def keep() -> list[str]:
    """Called when the import is over. Gives a note on each thread that it has left set aside."""
    for thread in waiting:
        thread.kept = True
    return [
        f"{thread.place}: the thread is set aside: it runs when a request waits for it, and when one has "
        "been answered."
        for thread in waiting
        if thread.place
    ]


def finish(seconds: float | None) -> None:
    """Called when a request has been answered: runs what is set aside, until nothing of it can go on.

    Daemon threads, and those of the import, may wait for `seconds`. With None those of the import do not run.
    """
    limit = monotonic() + (seconds or 0)
    _waiters.append(_Waiter(lambda: monotonic() >= limit, limit))
    try:
        while _advance(asleep=seconds is None):
            pass
    finally:
        _waiters.pop()


def _never() -> bool:
    return False


def _thread_of(function):
    """Gives the threading.Thread whose start() this is."""
    thread = getattr(function, "__self__", None)
    return thread if isinstance(thread, threading.Thread) else None


def _advance(asleep: bool = False) -> bool:
    """Has one thread begin, or somebody below do something; whether there was any."""
    for index, thread in enumerate(waiting):
        if thread.may_begin(asleep):
            del waiting[index]
            thread.run()
            return True
    return any(_help(waiter) for waiter in reversed(_waiters[:-1]) if waiter.helper and waiter.can_go_on())


def _help(waiter: _Waiter) -> bool:
    waiter.busy = True
    try:
        return _as(waiter.thread, waiter.helper.help)
    finally:
        waiter.busy = False


def _as(thread: _Thread | None, function):
    _running.append(thread)
    try:
        return thread.identity.call(function) if thread is not None else call_as_main(function)
    finally:
        _running.pop()


def _pass_time(waiter: _Waiter) -> bool:
    """Called when nobody can do anything. Gives False where the wait is over."""
    if waiter.is_over():
        return False
    below = any(each.can_go_on() for each in _waiters[:-1])
    waiters = [each for each in ([waiter] if below else _waiters) if not each.busy]
    times = [each.until() for each in waiters]
    soonest = min((time for time in times if time is not None), default=None)
    exchanges = [pair for each in waiters for pair in each.watched()]
    # What comes from others is not for the code below to give.
    if (below or soonest is None) and not exchanges:
        _give_up(soonest, below)
    left = -1 if soonest is None else max(0.0, soonest - monotonic())
    if exchanges:
        waiter.alarm.wait(exchanges, left)
    else:
        sleep_alone(left)
    return True


def _give_up(soonest: float | None, below: bool) -> None:
    """Ends the thread that waits, or tells it, where nothing but time can end its wait."""
    thread = _running[-1] if _running else None
    if thread is not None and thread.may_be_left():
        raise SetAside
    if soonest is None:
        why = _explain(thread, below)
        if thread is not None:
            _ended.append(thread.name())
        raise Deadlock(why)


def _explain(thread: _Thread | None, below: bool) -> str:
    place = blame.find()
    who = thread.name() if thread is not None else "the main thread"
    where = f" ({place})" if place else ""
    if below:
        why = (
            "what could end the wait is code that goes on only when this thread has ended, as all threads of "
            "a sandbox share one stack. Start the thread when its input is there, or let it return instead"
        )
    else:
        why = "nothing is left that could end the wait: no thread can go on, and no time is set"
    ended = f" These ended where they waited: {', '.join(_ended)}." if _ended else ""
    return f"{who} waits in {_waits_in()}{where}, and {why}.{ended}"


def _waits_in() -> str:
    """Gives the function of the standard library that was called to wait."""
    frame, name = sys._getframe(1), "a lock or a queue"
    while frame is not None and blame.owner_of(frame) in {blame.STDLIB, None}:
        if blame.owner_of(frame) == blame.STDLIB:
            module = frame.f_globals.get("__name__")
            name = f"{module}.{frame.f_code.co_qualname}()"
        frame = frame.f_back
    return name
