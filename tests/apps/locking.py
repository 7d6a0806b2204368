"""What the module fcntl does with a file of a granted directory, and with files of the sandbox's own."""

import errno
import fcntl
import json
import mailbox
import os
import struct
import subprocess
import tempfile
import time

FLOCK = "hhxxxxqqixxxx"


def _attempt(action):
    try:
        return action()
    except Exception as error:
        code = getattr(error, "errno", None)
        return f"{type(error).__name__} {errno.errorcode.get(code, code)}"


def _by_struct(file, command, kind):
    answer = fcntl.fcntl(file, command, struct.pack(FLOCK, kind, os.SEEK_SET, 0, 0, 0))
    return struct.unpack(FLOCK, answer)[0]


def _ways(file):
    """Each lets go of what it has got."""
    exclusive = fcntl.LOCK_EX | fcntl.LOCK_NB
    return {
        "flock": lambda: [fcntl.flock(file, exclusive), fcntl.flock(file, fcntl.LOCK_UN)],
        "flock shared": lambda: [
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB),
            fcntl.flock(file, fcntl.LOCK_UN),
        ],
        "lockf": lambda: [fcntl.lockf(file, exclusive), fcntl.lockf(file, fcntl.LOCK_UN)],
        "lockf range": lambda: [fcntl.lockf(file, exclusive, 10, 100), fcntl.lockf(file, fcntl.LOCK_UN)],
        "lockf shared": lambda: [
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB),
            fcntl.lockf(file, fcntl.LOCK_UN),
        ],
        "set": lambda: [
            _by_struct(file, fcntl.F_SETLK, fcntl.F_WRLCK) and None,
            _by_struct(file, fcntl.F_SETLK, fcntl.F_UNLCK) and None,
        ],
        "get": lambda: _by_struct(file, fcntl.F_GETLK, fcntl.F_WRLCK),
    }


def _many_ranges(file):
    for count in range(1000):
        try:
            fcntl.lockf(file, fcntl.LOCK_EX, 1, 2 * count)
        except OSError as error:
            return [count, errno.errorcode[error.errno]]
    return "no end"


def _mailbox():
    with open("/tmp/box", "w+b") as box:
        mailbox._lock_file(box, dotlock=False)
        mailbox._unlock_file(box)
    return "locked"


def _read_only():
    with open("/data/file", "rb") as file:
        return [
            _attempt(lambda: fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)),
            _attempt(lambda: fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)),
        ]


def ways(path):
    with open(path, "a+b") as file:
        return {name: _attempt(action) for name, action in _ways(file).items()}


def own(_path):
    with open(__file__, "rb") as packed, tempfile.TemporaryFile() as scratch:
        fcntl.flock(packed, fcntl.LOCK_EX)
        fcntl.lockf(packed, fcntl.LOCK_SH)
        return {
            "scratch": {name: _attempt(action) for name, action in _ways(scratch).items()},
            "packed for writing": _attempt(lambda: fcntl.lockf(packed, fcntl.LOCK_EX)),
            "flags": [
                fcntl.fcntl(scratch, fcntl.F_GETFD),
                fcntl.fcntl(scratch, fcntl.F_SETFD, fcntl.FD_CLOEXEC),
            ],
            "ioctl": _attempt(lambda: fcntl.ioctl(scratch, 0)),
            "mailbox": _attempt(_mailbox),
            "run": _attempt(lambda: subprocess.run(["true"], check=True)),
        }


def odd(path):
    with open(path, "a+b") as file:
        many = _many_ranges(file)
        fcntl.lockf(file, fcntl.LOCK_UN)
        return {
            "many ranges": many,
            "read only": _read_only(),
            "before the file": _attempt(lambda: fcntl.lockf(file, fcntl.LOCK_EX, 1, -1)),
            "too far": _attempt(lambda: fcntl.lockf(file, fcntl.LOCK_EX, 2**63 - 1, 2**63 - 1)),
            "neither": _attempt(lambda: fcntl.lockf(file, 0)),
        }


def _until_told():
    while not os.path.exists("/data/stop"):
        time.sleep(0.01)


def closed(path):
    """Has had both kinds, and lives on."""
    with open(path, "a+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        fcntl.flock(file, fcntl.LOCK_EX)
    yield b"closed"
    _until_told()


def keep(path):
    """Has both kinds until it is stopped."""
    with open(path, "a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield b"keep"
        _until_told()


def wait(path):
    """Waits for both kinds."""
    with open(path, "a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.lockf(file, fcntl.LOCK_EX)
    return "got it"


_ACTIONS = (ways, own, odd, closed, wait, keep)


def app(environ, start_response):
    action = {action.__name__: action for action in _ACTIONS}[environ["PATH_INFO"].strip("/")]
    said = _attempt(lambda: action("/data/file"))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()] if isinstance(said, (dict, list, str)) else said
