"""The compiled dependencies of the host, kept in the cache folder for every clone on this machine.

They take most of the minutes of a first build and change with Cargo.lock alone. Cargo would compile them
again for each clone; here it finds them in its target folder, as hard links.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess

from recipe.base import REPOSITORY, RecipeError, cache_root, ending, exclusive, full_env, rust_compiler, tail

#: Crates whose dependencies are the host's, and what the guest's bindings are made with.
CRATES = ["wasgi-deps", "wasgi-guest-bindgen"]
#: What decides how they are compiled, beside the compiler.
MANIFESTS = ["Cargo.lock", "Cargo.toml", "host/deps/Cargo.toml", "guest/bindgen/Cargo.toml"]
#: Those of other compilers and versions; the oldest go first.
KEPT = 2


class Dependencies:
    """The dependencies for this compiler and these versions."""

    def __init__(self, environ=os.environ):
        self.home = cache_root(environ) / "dependencies"
        self.folder = self.home / key(environ)

    def missing(self):
        return not self.folder.exists()

    @contextlib.contextmanager
    def compiled(self, told):
        """Compiles them while the block runs, and waits for them at its end. What was interrupted goes on."""
        with exclusive(self.home / "lock", print):
            part = self.folder.with_suffix(".part")
            part.mkdir(parents=True, exist_ok=True)
            log = part / "log"
            with told.step("dependencies", f"the host's, beside what follows; log: {log}", 250):
                yield from self._beside(log, part)
            forget_members(part)
            part.rename(self.folder)
            self._prune()

    def _beside(self, log, part):
        packages = [word for name in CRATES for word in ("--package", name)]
        command = ["cargo", "build", "--release", "--locked", "--target-dir", str(part), *packages]
        with log.open("w") as out:
            how = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, "env": full_env(None)}
            process = subprocess.Popen(command, cwd=REPOSITORY, **how)
            with ending(process):
                yield
                failed = process.wait()
        if failed:
            raise RecipeError(f"{tail(log)}\n\ncargo failed; the whole log: {log}")

    def _prune(self):
        """Lets go of the oldest beyond KEPT."""
        found = sorted(self.home.glob("*/"), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for old in found[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)

    def give(self, target):
        """Links them into a target folder of cargo's, once.

        Others that are there go first: two builds of one crate can have one name, and what was compiled
        against the one does not fit the other.
        """
        mark = target / f"dependencies-{self.folder.name}"
        if mark.exists() or self.missing():
            return
        for of_others in ("deps", ".fingerprint", "build", "incremental"):
            shutil.rmtree(target / "release" / of_others, ignore_errors=True)
        for folder, _, names in os.walk(self.folder / "release"):
            into = target / os.path.relpath(folder, self.folder)
            into.mkdir(parents=True, exist_ok=True)
            for name in names:
                link(os.path.join(folder, name), into / name)
        mark.touch()


def key(environ):
    """Hash of all that decides what the compiler makes of them."""
    settings = [name for name in sorted(environ) if "RUSTFLAGS" in name or name.startswith("CARGO_PROFILE")]
    hashed = hashlib.sha256(
        "\0".join([rust_compiler(), *(f"{name}={environ[name]}" for name in settings)]).encode()
    )
    for name in MANIFESTS:
        hashed.update(hashlib.sha256((REPOSITORY / name).read_bytes()).digest())
    return hashed.hexdigest()[:16]


def forget_members(target):
    """Takes out what cargo knows of the workspace's own crates.

    Going by the times of files, it could take another clone's crate for this one's.
    """
    for known in (target / "release" / ".fingerprint").glob("wasgi-*"):
        shutil.rmtree(known)


def link(source, place):
    """A hard link, or a copy where the cache is on another disk."""
    place.unlink(missing_ok=True)
    try:
        os.link(source, place)
    except OSError:
        shutil.copy2(source, place)
