"""`select` with the sockets of sockets.py, and the names that it has on Linux.

guest/src/small_modules.c calls `complete` when `select` is imported.
"""

import errno
import os
import select
import sys
import time

# Linux's (sys/epoll.h, poll.h, limits.h).
# fmt: off
_NUMBERS = {
    "EPOLLERR": 8, "EPOLLET": 1 << 31, "EPOLLEXCLUSIVE": 1 << 28, "EPOLLHUP": 16, "EPOLLIN": 1,
    "EPOLLMSG": 1024, "EPOLLONESHOT": 1 << 30, "EPOLLOUT": 4, "EPOLLPRI": 2, "EPOLLRDBAND": 128,
    "EPOLLRDHUP": 8192, "EPOLLRDNORM": 64, "EPOLLWRBAND": 512, "EPOLLWRNORM": 256, "EPOLL_CLOEXEC": 524288,
    "PIPE_BUF": 4096, "POLLMSG": 1024, "POLLRDBAND": 128, "POLLRDHUP": 8192, "POLLWRBAND": 512,
}
# fmt: on

# CPython's own, of files alone.
_select, _poll = select.select, select.poll


def _end(file):
    """The end of a pair that a file or a descriptor is, None for all that are no sockets."""
    sockets = sys.modules.get("wasgi_guest.sockets")
    if sockets is None:
        return None
    return sockets.end_of(_number(file))


def _number(file) -> int:
    return file if isinstance(file, int) else file.fileno()


def _wait(seconds) -> None:
    if seconds is None:
        raise OSError(errno.EDEADLK, f"{os.strerror(errno.EDEADLK)}: nobody else is there who could send")
    time.sleep(seconds)


class _Select:
    """What of the sandbox's own sockets is ready; files are as WASI has them.

    No function: `selectors` keeps it in a class, where a function of Python's would become a method.
    """

    __name__ = "select"

    def __call__(self, rlist, wlist, xlist, timeout=None, /):
        readers, writers = list(rlist), list(wlist)
        ends = [_end(file) for file in readers + writers]
        if not any(ends):
            return _select(readers, writers, xlist, timeout)
        readable = [file for file in readers if (end := _end(file)) is not None and end.is_readable()]
        writable = [file for file in writers if _end(file) is not None]
        if not readable and not writable:
            _wait(timeout)
        return readable, writable, []


class _Poll:
    """As select.poll(), of sockets and files."""

    def __init__(self):
        self._files = _poll()
        self._sockets = {}

    def register(self, fd, eventmask=select.POLLIN | select.POLLOUT, /):
        if _end(fd) is None:
            self._files.register(fd, eventmask)
        else:
            self._sockets[_number(fd)] = eventmask

    def modify(self, fd, eventmask, /):
        if _number(fd) in self._sockets:
            self._sockets[_number(fd)] = eventmask
        else:
            self._files.modify(fd, eventmask)

    def unregister(self, fd, /):
        if _number(fd) in self._sockets:
            del self._sockets[_number(fd)]
        else:
            self._files.unregister(fd)

    def poll(self, timeout=None, /):
        if not self._sockets:
            return self._files.poll(timeout)
        found = [(number, ready) for number in self._sockets if (ready := self._ready(number))]
        if not found:
            _wait(None if timeout is None or timeout < 0 else timeout / 1000)
        return found

    def _ready(self, number):
        end, wanted = _end(number), self._sockets[number]
        if end is None:
            return select.POLLNVAL
        ready = select.POLLOUT | (select.POLLIN if end.is_readable() else 0)
        return ready & wanted | (select.POLLHUP if end.peer is None else 0)


class _Epoll:
    """Refused: `selectors` then takes poll()."""

    closed = True

    def __init__(self, sizehint=-1, flags=0):
        raise OSError(errno.ENOSYS, f"{os.strerror(errno.ENOSYS)}: a sandbox has poll() alone")

    @classmethod
    def fromfd(cls, fd):
        return cls()

    def close(self, *_):
        raise ValueError("I/O operation on closed epoll object")

    fileno = modify = poll = register = unregister = close


def complete(module) -> None:
    """Puts into `select` what it lacks, and its sight of our sockets."""
    for name, number in _NUMBERS.items():
        if not hasattr(module, name):
            setattr(module, name, number)
    module.select, module.poll, module.epoll = _Select(), _Poll, _Epoll
