"""What a build says when the machine fails it: no network, no room, no permission."""

import contextlib
import errno
import http.client
import re
import shutil
import textwrap

GIB = 1 << 30
#: What a build takes in the cache folder. Measured: 0.7 GiB of CPython, 1.1 of the host's dependencies.
CACHE_BYTES = 2 * GIB
#: Letters of what a tool says that are repeated: pip and cargo put all of a connection's classes into it.
REASON = 200
#: What apt, cargo, pip and urllib say when they do not reach what they want.
UNREACHED = re.compile(
    r"temporary failure (resolving|in name resolution)|could not (resolve|connect)|unable to connect"
    r"|network is unreachable|connection (refused|reset|timed out|failed)|no route to host|timed? ?out"
    r"|name or service not known|failed to (fetch|download|establish|get successful)|newconnectionerror",
    re.IGNORECASE,
)
NO_ROOM = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)


class RecipeError(Exception):
    """Something a person has to act on: the message names the cure."""


class Unfetched(RecipeError):
    """What is to be fetched was not reached."""


def no_room(folder):
    free = shutil.disk_usage(existing(folder)).free
    return RecipeError(
        f"The disk is full: {folder} has {free / GIB:.1f} GiB left, and a build takes "
        f"{CACHE_BYTES / GIB:.0f} GiB there.\n"
        "Make room, or set WASGI_CACHE to a folder on another disk, then run the same command again: it goes "
        "on with the step that stopped."
    )


def unfetched(what, why):
    return Unfetched(
        f"{what} could not be fetched: {textwrap.shorten(why, REASON)}\n"
        "See that this machine reaches the network (a proxy, the mirror that is configured), then run the "
        "same command again: what is there already stays."
    )


def unwritable(folder):
    return RecipeError(
        f"{folder} cannot be written to. Make it yours, or set WASGI_CACHE to a folder that is, "
        "then run the same command again."
    )


def said(pattern, text):
    """The first line of a log that the pattern fits, or None; the commands that the log names say nothing."""
    lines = (line for line in text.splitlines() if not line.startswith("$ "))
    return next((line for line in lines if pattern.search(line)), None)


@contextlib.contextmanager
def fetching(what):
    """Names `what` could not be fetched, where a tool or a connection says that it reached nobody."""
    try:
        yield
    except Unfetched:
        raise
    except RecipeError as error:
        line = said(UNREACHED, str(error))
        if line and not said(NO_ROOM, str(error)):
            raise unfetched(what, line) from error
        raise
    except (OSError, http.client.HTTPException) as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise unfetched(what, str(error) or type(error).__name__) from error


@contextlib.contextmanager
def explained(folder):
    """Says what a person can do about a full disk or a folder that is not theirs."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_room(folder) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            raise unwritable(error.filename or folder) from error
        raise


def existing(folder):
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())
