"""Fetches the servers that the tests talk to, or stand behind: Debian's packages, unpacked in the cache.

Nothing is installed, and nothing needs root. apt takes the current revision of each package, by the hash in
its signed index, as it does for clang; `packages.json` says which came. `print` names the folder alone;
names of other packages fetch these.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python-wasm"))

from recipe import apt, base
from recipe.failures import RecipeError, explained

#: PostgreSQL's package is named by its major version, which is another one in each release of Debian.
POSTGRESQL = {"bookworm": 15, "trixie": 17}
PACKAGES = (
    # Databases.
    "postgresql-{postgresql}",
    "pgbouncer",
    "mariadb-server-core",
    "redis-server",
    # In front of `wasgi serve`.
    "haproxy",
    "nginx",
    # What hosts of wasmCloud are told by, and where they take components from.
    "nats-server",
    "docker-registry",
    # What scrapes `wasgi serve --admin`.
    "prometheus",
)
WHAT = "the servers of the tests"


def packages(release):
    """The names of the packages on a release of Debian."""
    if release not in POSTGRESQL:
        known = ", ".join(sorted(POSTGRESQL))
        raise RecipeError(
            f"{WHAT} are Debian's packages of {known}: this is {release or 'no Debian'}.\n"
            "Add the release with its version of PostgreSQL to tests/servers/fetch.py."
        )
    return [name.format(postgresql=POSTGRESQL[release]) for name in PACKAGES]


def folder(names):
    """Where packages of these names are unpacked."""
    digest = hashlib.sha256(json.dumps(names).encode()).hexdigest()
    return base.cache_root() / "servers" / digest[:16]


def fetch(names, unpacked):
    """Downloads the packages and what the machine lacks of their dependencies, and unpacks all of it."""
    beside = base.fresh(unpacked.with_name(unpacked.name + ".new"))
    log = beside / "log"
    own = apt.Apt(base.cache_root(), WHAT)
    own.update(log)
    archives = own.closure(names, log)
    for archive in archives:
        base.run(["dpkg-deb", "-x", archive, beside], cwd=beside, log=log)
        archive.unlink()
    stems = [archive.stem.replace("%3a", ":") for archive in archives]
    (beside / "packages.json").write_text(json.dumps(stems, indent=1) + "\n")
    shutil.rmtree(unpacked, ignore_errors=True)
    beside.replace(unpacked)


def main(words):
    names = [word for word in words if word != "print"] or packages(apt.debian_release())
    unpacked = folder(names)
    if not unpacked.is_dir() and "print" not in words:
        with (
            explained(unpacked.parent),
            base.exclusive(base.cache_root() / "servers/lock", lambda text: print(text, file=sys.stderr)),
        ):
            if not unpacked.is_dir():
                fetch(names, unpacked)
    print(unpacked)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except RecipeError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted; run the same command again to begin the fetching anew")
