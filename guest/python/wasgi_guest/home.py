"""Where `site` says that a user's own packages are. CPython says nowhere on WASI; few are prepared for it."""

import os
import site
import sys


def settle() -> None:
    """Called once, before the application is imported. Nothing is imported from there."""
    folder = "python{}.{}".format(*sys.version_info)
    site.USER_BASE = os.path.expanduser("~/.local")
    site.USER_SITE = f"{site.USER_BASE}/lib/{folder}/site-packages"
