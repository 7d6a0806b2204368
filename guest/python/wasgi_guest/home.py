"""Sets `site`'s folders for a user's packages. CPython leaves them None on WASI; few programs handle that."""

import os
import site
import sys


def settle() -> None:
    """Called once, before the application's import. Nothing is imported from these folders."""
    folder = "python{}.{}".format(*sys.version_info)
    site.USER_BASE = os.path.expanduser("~/.local")
    site.USER_SITE = f"{site.USER_BASE}/lib/{folder}/site-packages"
