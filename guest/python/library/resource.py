"""The module `resource` (docs.python.org/3/library/resource.html): the limits that the sandbox is in.

They are its host's: none can be changed from inside.
"""

import collections
import errno
import os
import time

from wasgi_guest import refusal

# Linux's (sys/resource.h).
RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC = range(7)
RLIMIT_NOFILE = RLIMIT_OFILE = 7
RLIMIT_MEMLOCK, RLIMIT_AS = 8, 9
RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_RTTIME = range(11, 16)
RLIM_INFINITY = -1
RUSAGE_CHILDREN, RUSAGE_SELF, RUSAGE_THREAD = -1, 0, 1

error = OSError

struct_rusage = collections.namedtuple(
    "struct_rusage",
    "ru_utime ru_stime ru_maxrss ru_ixrss ru_idrss ru_isrss ru_minflt ru_majflt ru_nswap ru_inblock "
    "ru_oublock ru_msgsnd ru_msgrcv ru_nsignals ru_nvcsw ru_nivcsw",
)

_PAGE = 65536  # of WebAssembly
_FILES = 1024  # guest/src/vfs.h
_STACK = 8 << 20  # guest/build.py's linker flags
_NOT_OURS = (RLIMIT_CORE, RLIMIT_MEMLOCK, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO)


def getpagesize():
    return _PAGE


def _memory() -> int:
    # What --memory is; /tmp is in it (guest/src/vfs_status.c).
    space = os.statvfs("/tmp")
    return space.f_blocks * space.f_frsize


def getrlimit(resource, /):
    """The soft and the hard limit, which are the same. Memory has the host's cap."""
    if not RLIMIT_CPU <= resource <= RLIMIT_RTTIME:
        raise ValueError("invalid resource specified")
    if resource in (RLIMIT_AS, RLIMIT_DATA, RLIMIT_RSS):
        limit = _memory()
    elif resource in _NOT_OURS:
        limit = 0
    else:
        limit = {RLIMIT_STACK: _STACK, RLIMIT_NPROC: 1, RLIMIT_NOFILE: _FILES}.get(resource, RLIM_INFINITY)
    return limit, limit


def setrlimit(resource, limits, /):
    """What it is already, and nothing else."""
    soft, hard = limits
    if (soft, hard) != getrlimit(resource):
        raise refusal.error(errno.EPERM, "the limits of a sandbox are its host's to set")


def prlimit(pid, resource, limits=None, /):
    if pid not in (0, os.getpid()):
        raise refusal.error(errno.ESRCH, "a sandbox has no processes")
    before = getrlimit(resource)
    if limits is not None:
        setrlimit(resource, limits)
    return before


def getrusage(who, /):
    """Time is that of the one thread; nothing else is counted inside."""
    if who not in (RUSAGE_SELF, RUSAGE_THREAD, RUSAGE_CHILDREN):
        raise ValueError("invalid who parameter")
    used = 0.0 if who == RUSAGE_CHILDREN else time.process_time()
    return struct_rusage(used, 0.0, *[0] * 14)
