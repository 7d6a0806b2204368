"""What `subprocess` starts processes by: a sandbox has none."""

import errno

from wasgi_guest import refusal


def fork_exec(*_):
    """Raises OSError (ENOSYS)."""
    raise refusal.error(errno.ENOSYS, "a sandbox has no processes")
