"""`select.epoll` by poll(), for programs that take it wherever Linux's name is there, as Celery's kombu does.

A registration is level-triggered, EPOLLET or not: who reads until nothing is left sees no difference, and
nobody waits for an event that had come before.
"""

import errno
import os
import select
import stat

from . import refusal
from .polling import end_of, number_of

# Linux's numbers, and what poll() calls the same: WASI has numbers of its own for it.
_EVENTS = [(select.EPOLLIN, select.POLLIN), (select.EPOLLOUT, select.POLLOUT)]
_TOLD = [*_EVENTS, (select.EPOLLERR, select.POLLERR), (select.EPOLLHUP, select.POLLHUP)]
_DEFAULT = select.EPOLLIN | select.EPOLLOUT | select.EPOLLPRI
# FD_SETSIZE - 1, CPython's own.
_MOST = 1023


class Epoll:
    """As CPython's, but for a descriptor of its own: nobody else could wait for it."""

    __module__, __qualname__ = "select", "epoll"

    def __init__(self, sizehint=-1, flags=0):
        if sizehint != -1 and sizehint <= 0:
            raise ValueError("negative sizehint")
        if flags & ~select.EPOLL_CLOEXEC:
            raise OSError("invalid flags")
        self._poll, self._wanted, self._is_closed = select.poll(), {}, False

    @classmethod
    def fromfd(cls, fd):
        raise refusal.error(errno.EBADF, "epoll has no descriptor in a sandbox")

    @property
    def closed(self) -> bool:
        return self._is_closed

    def close(self):
        self._wanted, self._is_closed = {}, True

    def fileno(self):
        self._check()
        raise refusal.error(errno.ENOSYS, "epoll has no descriptor in a sandbox")

    def register(self, fd, eventmask=_DEFAULT):
        number = self._check(fd)
        if number in self._wanted:
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
        if end_of(number) is None and _is_file(os.fstat(number).st_mode):
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        self._poll.register(number, _asked(eventmask))
        self._wanted[number] = eventmask

    def modify(self, fd, eventmask):
        number = self._known(fd)
        self._poll.modify(number, _asked(eventmask))
        self._wanted[number] = eventmask

    def unregister(self, fd):
        number = self._known(fd)
        del self._wanted[number]
        self._poll.unregister(number)

    def poll(self, timeout=None, maxevents=-1):
        """Waits for `timeout` seconds, or as long as it takes (None, or a negative one)."""
        self._check()
        if maxevents != -1 and maxevents <= 0:
            raise ValueError(f"maxevents must be greater than 0, got {maxevents}")
        milliseconds = None if timeout is None or timeout < 0 else timeout * 1000
        told = []
        for number, ready in self._poll.poll(milliseconds)[: _MOST if maxevents == -1 else maxevents]:
            if ready & select.POLLNVAL:
                # A descriptor that is closed leaves Linux's list by itself.
                self.unregister(number)
                continue
            told.append((number, sum(event for event, asked in _TOLD if ready & asked)))
            if self._wanted[number] & select.EPOLLONESHOT:
                self.modify(number, 0)
        return told

    def __enter__(self):
        self._check()
        return self

    def __exit__(self, *_):
        self.close()

    def _check(self, fd=0) -> int:
        if self._is_closed:
            raise ValueError("I/O operation on closed epoll object")
        return number_of(fd)

    def _known(self, fd) -> int:
        number = self._check(fd)
        if number not in self._wanted:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        return number


def _is_file(mode) -> bool:
    """Whether it is one of those that are always ready, which Linux refuses here."""
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _asked(events) -> int:
    """What poll() is asked for; it tells of errors and ends unasked."""
    return sum(asked for event, asked in _EVENTS if events & event)
