"""What every step stands on: the cache folder, its lock, running commands, checking hashes."""

import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
from pathlib import Path

from .failures import NO_ROOM, RecipeError, explained, no_room, said

ROOM = Path(__file__).resolve().parent.parent
REPOSITORY = ROOM.parent
LOG_TAIL = 30
#: Seconds that an interrupted command has to remove what it made by half.
FAREWELL = 10


def cache_root(environ=os.environ):
    """The folder all of wasgi's caches live in."""
    if environ.get("WASGI_CACHE"):
        return Path(environ["WASGI_CACHE"]).expanduser().absolute()
    if environ.get("XDG_CACHE_HOME"):
        return Path(environ["XDG_CACHE_HOME"]).absolute() / "wasgi"
    return Path("~/.cache/wasgi").expanduser()


@contextlib.contextmanager
def exclusive(lock, tell):
    """Holds the lock file; a second clone building at once waits here instead of colliding."""
    with explained(lock.parent):
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = lock.open("w")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(f"waiting for another build to leave {lock}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def run(argv, *, cwd, log, env=None):
    """Runs a command into the step's log; a failure shows the log's last lines and where the rest is."""
    argv = [str(word) for word in argv]
    with log.open("a") as out:
        out.write(f"\n$ {shlex.join(argv)}\n")
        out.flush()
        try:
            code = wait(
                subprocess.Popen(
                    argv, cwd=cwd, env=full_env(env), stdin=subprocess.DEVNULL, stdout=out, stderr=out
                )
            )
        except FileNotFoundError:
            raise RecipeError(f"`{argv[0]}` is not there. Install it, or put it on PATH.") from None
    if code:
        if said(NO_ROOM, tail(log)):
            raise no_room(Path(cwd))
        raise RecipeError(f"{tail(log)}\n\n`{Path(argv[0]).name}` failed with {code}; the whole log: {log}")


def wait(process):
    """A command's exit code. An interrupted one is asked to end, so that make removes what is half made."""
    with ending(process):
        return process.wait()


@contextlib.contextmanager
def ending(process):
    """Has the process end where the block does not come to its end."""
    try:
        yield
    except BaseException:
        process.terminate()
        try:
            process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise


def tail(log):
    """A log's last lines."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL:])


def output_of(argv, *, cwd=None, env=None):
    """A command's standard output, or None when it cannot run or fails."""
    try:
        done = subprocess.run(
            [str(word) for word in argv],
            cwd=cwd,
            env=full_env(env),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def rust_compiler():
    """What the Rust compiler says of itself, to the last digit."""
    said = output_of(["rustc", "-vV"], cwd=REPOSITORY)
    if said is None:
        raise RecipeError("`rustc` is not there. Install Rust with rustup.")
    return said


def full_env(extra):
    """The environment with `extra` over it; messages stay in English so that they can be read and matched."""
    return {**os.environ, "LC_ALL": "C.UTF-8", **(extra or {})}


def jobs():
    return str(len(os.sched_getaffinity(0)))


def sha256_of(path):
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def check_hash(what, came, wanted):
    if came != wanted:
        raise RecipeError(
            f"{what}: the hash does not match.\n  came:   sha256 {came}\n  wanted: sha256 {wanted}\n"
            "If the new content is wanted, look at it, then change the pin in python-wasm/pins.toml."
        )


def fresh(folder):
    """An empty folder in place of whatever an interrupted run left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def write_atomically(path, text):
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    beside.replace(path)


def pinned_file(downloads, pin, fetch):
    """The pinned file from the download cache; `fetch(folder)` brings a missing one, returns its path.

    A full disk or a crash may have cut one short that was whole once: then it is fetched again.
    """
    name = pin["file"]
    kept = downloads / f"{pin['sha256']}-{name}"
    if kept.exists():
        if sha256_of(kept) == pin["sha256"]:
            return kept
        kept.unlink()
    folder = fresh(downloads / f"{name}.part")
    came = fetch(folder)
    check_hash(name, sha256_of(came), pin["sha256"])
    came.replace(kept)
    shutil.rmtree(folder)
    return kept
