"""Crates that call C: for the guest's OpenSSL, and with bindings that cffi writes while they are compiled."""

import shutil
import zipfile
from functools import partial

from . import version
from .base import fresh, pinned_file
from .cpython import build_python_path
from .index import fetch


def environment(build, how, work):
    """What the build scripts of such a crate read, by the section `cargo` of its package."""
    env = {}
    if how.get("openssl"):
        # A static library would become a part of the archive. The guest has it, with its source of entropy.
        env |= {"OPENSSL_DIR": build.folder("openssl"), "OPENSSL_STATIC": "0", "OPENSSL_NO_VENDOR": "1"}
    if "wheel" in how:
        env |= {
            "PYO3_PYTHON": build_python_path(build),
            "PYO3_CROSS_LIB_DIR": headers(build, work),
            "PYTHONPATH": wheels(build, how["wheel"], work),
        }
    return env


def headers(build, work):
    """A folder like that of an installed Python's library, as its headers are looked for relative to it."""
    prefix = work / "python"
    include = prefix / "include" / f"python{version.SERIES}"
    shutil.copytree(build.folder("sources") / "python" / "Include", include)
    shutil.copy(next(build.folder("configure").rglob("pyconfig.h")), include)
    return prefix / "lib" / include.name


def wheels(build, pins, work):
    """The folder of packages that the build Python imports."""
    folder = fresh(work / "wheels")
    for pin in pins:
        with zipfile.ZipFile(
            pinned_file(build.downloads, pin, partial(fetch, build, pin["name"], pin))
        ) as wheel:
            wheel.extractall(folder)
    return folder
