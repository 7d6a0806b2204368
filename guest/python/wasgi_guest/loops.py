"""asyncio without descriptors: its loops wait for time, for threads (threads.py) and others (outgoing.py)."""

import selectors

from wasgi import Deadlock

from . import threads
from .socket_ends import end_of


class Selector(selectors.SelectSelector):
    """One that may have nothing to select from."""

    loop = None

    def select(self, timeout=None):
        found = self._look()
        if found or (timeout is not None and timeout <= 0):
            return found
        self._wait(-1 if timeout is None else timeout)
        return self._look()

    def _look(self) -> list:
        return super().select(0) if self.get_map() else []

    def _watched(self) -> list:
        ends = [(end_of(key.fd), key.events) for key in self.get_map().values()]
        wanted = [
            (end, bool(events & selectors.EVENT_READ), bool(events & selectors.EVENT_WRITE))
            for end, events in ends
            if end is not None
        ]
        return [pair for end, reads, writes in wanted for pair in end.watched(reads, writes)]

    def _wait(self, seconds: float) -> None:
        loop = self.loop
        try:
            threads.wait(
                lambda: bool(loop._ready or loop._stopping or self._look()),
                seconds,
                _Helper(loop),
                self._watched,
            )
        except Deadlock as error:
            error.add_note("The event loop has nothing to do: no callback is ready, and none is scheduled.")
            raise


class _Helper(threads.Helper):
    """Goes on with a loop that waits below."""

    def __init__(self, loop):
        self._loop = loop

    def help(self) -> bool:
        loop, due = self._loop, self.due()
        # It would wait itself, or end.
        is_due = due is not None and due <= loop.time()
        if loop._stopping or not (loop._ready or is_due or loop._selector.select(0)):
            return False
        loop._run_once()
        return True

    def due(self) -> float | None:
        scheduled = self._loop._scheduled
        return scheduled[0]._when - self._loop._clock_resolution if scheduled else None


def install(asyncio) -> None:
    """Called when asyncio is imported."""
    kind = asyncio.selector_events.BaseSelectorEventLoop
    make_with = kind.__init__

    def make(loop, selector=None):
        if not isinstance(selector, Selector):
            # Any other one would wait for descriptors alone.
            selector = Selector()
        selector.loop = loop
        make_with(loop, selector)

    kind.__init__ = make
    kind._make_self_pipe = _make_self_pipe
    kind._close_self_pipe = kind._write_to_self = _do_nothing
    asyncio.SelectorEventLoop.add_signal_handler = _add_signal_handler


def _make_self_pipe(loop) -> None:
    # Whoever would wake the loop up runs while that waits, and makes it ready.
    loop._ssock = loop._csock = None


def _do_nothing(loop) -> None:
    pass


def _add_signal_handler(loop, sig, callback, *args):
    """CPython's, less its pipe: signals come from raise_signal() and os.kill() alone, while callbacks run."""
    import asyncio
    import errno
    import signal

    if asyncio.iscoroutine(callback) or asyncio.iscoroutinefunction(callback):
        raise TypeError("coroutines cannot be used with add_signal_handler()")
    loop._check_signal(sig)
    loop._check_closed()
    loop._signal_handlers[sig] = asyncio.Handle(callback, args, loop, None)
    try:
        signal.signal(sig, lambda number, _: loop._handle_signal(number))
    except OSError as error:
        del loop._signal_handlers[sig]
        if error.errno == errno.EINVAL:
            raise RuntimeError(f"sig {sig} cannot be caught") from error
        raise
