"""What `multiprocessing.shared_memory` opens memory by: a sandbox shares none."""

import errno

from wasgi_guest import refusal


def _refuse():
    raise refusal.error(errno.ENOSYS, "a sandbox shares no memory")


def shm_open(path, flags, mode=0o777):
    _refuse()


def shm_unlink(path):
    _refuse()
