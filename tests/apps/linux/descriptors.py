"""What descriptors and arguments that are not good are answered with, by the same steps as natively."""

import errno
import fcntl
import json
import os
import pwd
import select
import signal
import sys
import tempfile
import zipfile

_CLOSED = {
    "seek": lambda fd: os.lseek(fd, 0, os.SEEK_SET),
    "tell": lambda fd: os.lseek(fd, 0, os.SEEK_CUR),
    "truncate": lambda fd: os.ftruncate(fd, 0),
    "sync": os.fsync,
    "status": os.fstat,
    "allocate": lambda fd: os.posix_fallocate(fd, 0, 1),
    "flags": lambda fd: fcntl.fcntl(fd, fcntl.F_GETFL),
    "structure": lambda fd: fcntl.fcntl(fd, fcntl.F_DUPFD, bytes(1024)),
    "select": lambda fd: select.select([fd], [], [], 0),
    "open": os.fdopen,
}

_ARGUMENTS = {
    "timer": lambda: signal.setitimer(-1, 0),
    "mask": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [1 << 1000]),
    "user": lambda: pwd.getpwnam("a\0b"),
    "device": lambda: os.makedev(2**32, 0),
    "id": lambda: os.setreuid(2**32, 0),
    "no descriptor": lambda: select.select([object()], [], [], 0),
    "poll": type(select.poll()),
    "root": lambda: os.chroot("/no such folder"),
}


def _outcome(call, *arguments):
    try:
        return f"no error: {call(*arguments)!r}"
    except OSError as error:
        return [errno.errorcode.get(error.errno) if error.errno == errno.EBADF else None, error.filename]
    except Exception as error:
        return type(error).__name__


def _closed(folder):
    with open(os.path.join(folder, "closed"), "wb") as file:
        fd = file.fileno()
    return {name: _outcome(call, fd) for name, call in _CLOSED.items()}


def _open(folder):
    with open(os.path.join(folder, "open"), "w+b") as file:
        poll = select.poll()
        poll.register(file, select.POLLIN)
        return [select.select([file], [file], [], 0) == ([file], [file], []), len(poll.poll(0))]


def _signalled():
    heard = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)
    return heard == [signal.SIGUSR1]


def _archived(folder):
    """Whether a folder of the application's can be put into a ZIP file."""
    with zipfile.ZipFile(os.path.join(folder, "archive"), "w") as archive:
        archive.write(os.path.dirname(os.path.abspath(__file__)), "names")
        return archive.namelist()


def _record():
    return [os.sched_param(1).sched_priority, os.sched_getparam(0).sched_priority]


def told(folder):
    return {
        "closed": _closed(folder),
        "arguments": {name: _outcome(call) for name, call in _ARGUMENTS.items()},
        "open": _open(folder),
        "streams": [bool(os.fstat(fd)) and not os.path.isdir(fd) for fd in range(3)],
        "signalled": _signalled(),
        "archived": _archived(folder),
        "record": _record(),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        found = json.dumps(told(folder))
    sys.stdout.write(found)
