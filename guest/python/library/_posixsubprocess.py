"""What `subprocess` starts processes by: a sandbox has none."""

import errno
import os


def fork_exec(*_):
    """Raises OSError (ENOSYS)."""
    raise OSError(errno.ENOSYS, f"{os.strerror(errno.ENOSYS)}: a sandbox has no processes")
