"""`select` with the sockets of sockets.py, and the names that it has on Linux.

guest/src/small_modules.c calls `complete` when `select` is imported.
"""

import errno
import os
import select
import sys
import time

from . import refusal

# Linux's (sys/epoll.h, poll.h, limits.h).
# fmt: off
_NUMBERS = {
    "EPOLLERR": 8, "EPOLLET": 1 << 31, "EPOLLEXCLUSIVE": 1 << 28, "EPOLLHUP": 16, "EPOLLIN": 1,
    "EPOLLMSG": 1024, "EPOLLONESHOT": 1 << 30, "EPOLLOUT": 4, "EPOLLPRI": 2, "EPOLLRDBAND": 128,
    "EPOLLRDHUP": 8192, "EPOLLRDNORM": 64, "EPOLLWRBAND": 512, "EPOLLWRNORM": 256, "EPOLL_CLOEXEC": 524288,
    "PIPE_BUF": 4096, "POLLMSG": 1024, "POLLRDBAND": 128, "POLLRDHUP": 8192, "POLLWRBAND": 512,
}
# fmt: on

# Descriptors of the sandbox's own files, and further numbers of them (guest/src/vfs.h).
_FILES = (range(0x10000, 0x10000 + 1024), range(0x30000, 0x30000 + 512))

# CPython's own, of standard streams alone.
_select, _poll = select.select, select.poll


def end_of(number):
    """The end of a pair that a descriptor is, None for all that are no sockets."""
    sockets = sys.modules.get("wasgi_guest.socket_ends")
    return sockets.end_of(number) if sockets is not None else None


def number_of(file) -> int:
    """As C's PyObject_AsFileDescriptor() has it."""
    if not isinstance(file, int):
        if not hasattr(file, "fileno"):
            raise TypeError("argument must be an int, or have a fileno() method.")
        file = file.fileno()
        if not isinstance(file, int):
            raise TypeError("fileno() returned a non-integer")
    if file < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({file})")
    return file


def _is_file(number) -> bool:
    """Whether it would be one of /tmp or the image (guest/src/vfs.h), which are always ready. WASI's own
    functions do not take such numbers."""
    return any(number in numbers for numbers in _FILES)


def _is_open(number) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _wait(seconds, ends, look):
    """Waits until `look()` finds something, or the time is over; gives what it finds.

    `ends` are pairs of an end and whether its being readable, and writable, is of interest.
    """
    found = look()
    if any(found) or (seconds is not None and seconds <= 0):
        return found
    if not any(end.watched(*wanted) for end, *wanted in ends):
        if seconds is None:
            raise refusal.error(errno.EDEADLK, "nobody else is there who could send")
        time.sleep(seconds)
        return look()
    from .outgoing_wait import wait

    wait(
        lambda: any(look()), lambda: [pair for end, *wanted in ends for pair in end.watched(*wanted)], seconds
    )
    return look()


class _Select:
    """What of the sandbox's own sockets is ready; files are as WASI has them.

    No function: `selectors` keeps it in a class, where a function of Python's would become a method.
    """

    __name__ = "select"

    def __call__(self, rlist, wlist, xlist, timeout=None, /):
        # Not list() first: a fileno() may change it.
        readers = [(file, number_of(file)) for file in rlist]
        writers = [(file, number_of(file)) for file in wlist]
        others = [(file, number_of(file)) for file in xlist]
        if not any(_is_file(number) or end_of(number) for _, number in readers + writers):
            return self._select_streams((readers, writers, others), timeout)
        ends = [(end, True, False) for _, number in readers if (end := end_of(number)) is not None]
        ends += [(end, False, True) for _, number in writers if (end := end_of(number)) is not None]

        def look():
            readable = [file for file, number in readers if self._is_ready(number, reading=True)]
            writable = [file for file, number in writers if self._is_ready(number, reading=False)]
            return readable, writable, []

        return _wait(timeout, ends, look)

    def _select_streams(self, lists, timeout):
        found = _select(*([number for _, number in each] for each in lists), timeout)
        return tuple(
            [file for file, number in each if number in ready]
            for each, ready in zip(lists, found, strict=True)
        )

    def _is_ready(self, number, *, reading) -> bool:
        if _is_file(number):
            os.fstat(number)  # EBADF for one that is closed
            return True
        end = end_of(number)
        return end is not None and (end.is_readable() if reading else end.is_writable())


class _NewPoll:
    """select.poll, which is no class. No function either, as _Select."""

    __name__ = "poll"

    def __call__(self):
        made = object.__new__(_Poll)
        made._streams, made._ours = _poll(), {}
        return made


class _Poll:
    """As select.poll() gives it, of sockets and files."""

    __module__ = "select"

    def __new__(cls):
        raise TypeError(f"cannot create '{cls.__module__}.{cls.__name__}' instances")

    def register(self, fd, eventmask=select.POLLIN | select.POLLOUT, /):
        number = number_of(fd)
        if _is_file(number) or end_of(number):
            self._ours[number] = eventmask
        else:
            self._streams.register(number, eventmask)

    def modify(self, fd, eventmask, /):
        number = number_of(fd)
        if number in self._ours:
            self._ours[number] = eventmask
        else:
            self._streams.modify(number, eventmask)

    def unregister(self, fd, /):
        number = number_of(fd)
        if number in self._ours:
            del self._ours[number]
        else:
            self._streams.unregister(number)

    def poll(self, timeout=None, /):
        if not self._ours:
            return self._streams.poll(timeout)
        ends = [
            (end, bool(wanted & select.POLLIN), bool(wanted & select.POLLOUT))
            for number, wanted in self._ours.items()
            if (end := end_of(number)) is not None
        ]
        seconds = None if timeout is None or timeout < 0 else timeout / 1000
        return _wait(seconds, ends, self._look)

    def _look(self):
        return [(number, ready) for number in self._ours if (ready := self._ready(number))]

    def _ready(self, number):
        wanted = self._ours[number]
        if _is_file(number) and _is_open(number):
            return wanted & (select.POLLIN | select.POLLOUT)
        end = end_of(number)
        if end is None:
            return select.POLLNVAL
        ready = select.POLLOUT if wanted & select.POLLOUT and end.is_writable() else 0
        ready |= select.POLLIN if wanted & select.POLLIN and end.is_readable() else 0
        return ready | (select.POLLHUP if end.is_hung_up() else 0)


def complete(module) -> None:
    """Puts into `select` what it lacks, and its sight of our sockets."""
    for name, number in _NUMBERS.items():
        if not hasattr(module, name):
            setattr(module, name, number)
    module.select, module.poll = _Select(), _NewPoll()
    from .event_poll import Epoll

    module.epoll = Epoll
