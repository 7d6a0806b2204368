"""What `multiprocessing.shared_memory` opens memory by: a sandbox shares none."""

import errno
import os


def _refuse():
    raise OSError(errno.ENOSYS, f"{os.strerror(errno.ENOSYS)}: a sandbox shares no memory")


def shm_open(path, flags, mode=0o777):
    _refuse()


def shm_unlink(path):
    _refuse()
