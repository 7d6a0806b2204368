"""What `multiprocessing` is built on: locks and semaphores of the one process that a sandbox has."""

import errno
import os
import time

from wasgi_guest import refusal

flags = {"HAVE_SEM_OPEN": 1, "HAVE_SEM_TIMEDWAIT": 1, "HAVE_FD_TRANSFER": 0}

_RECURSIVE_MUTEX, _SEMAPHORE = range(2)
# By name, those that were not unlinked.
_named: dict[str, "SemLock"] = {}


class SemLock:
    """As multiprocessing.synchronize uses it (Modules/_multiprocessing/semaphore.c of CPython)."""

    SEM_VALUE_MAX = 0x7FFFFFFF

    def __init__(self, kind, value, maxvalue, name, unlink):
        if kind not in (_RECURSIVE_MUTEX, _SEMAPHORE):
            raise ValueError("unrecognized kind")
        if name in _named:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self.kind, self.maxvalue, self.name = kind, maxvalue, None if unlink else name
        self.handle = id(self)
        self._value, self._held = value, 0
        if not unlink:
            _named[name] = self

    @classmethod
    def _rebuild(cls, handle, kind, maxvalue, name):
        if name not in _named:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return _named[name]

    def acquire(self, block=True, timeout=None):
        if self.kind == _RECURSIVE_MUTEX and self._held:
            self._held += 1
            return True
        if self._value:
            self._value -= 1
            self._held += 1
            return True
        if not block:
            return False
        if timeout is None:
            # For ever, natively.
            raise refusal.error(errno.EDEADLK, "nobody else is there to release it")
        time.sleep(max(timeout, 0))
        return False

    def release(self):
        if self.kind == _RECURSIVE_MUTEX:
            if not self._held:
                raise AssertionError("attempt to release recursive lock not owned by thread")
            self._held -= 1
            self._value += not self._held
            return
        if self._value >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._value += 1
        self._held -= 1

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *_):
        self.release()

    def _count(self):
        return self._held

    def _is_mine(self):
        return self._held > 0

    def _get_value(self):
        return self._value

    def _is_zero(self):
        return self._value == 0

    def _after_fork(self):
        self._held = 0


def sem_unlink(name, /):
    if _named.pop(name, None) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
