"""Fetches what the corpora tests need into `.tools/corpora`: packages, and sources with tests in them.

Everything is pinned by its hash. Nothing happens when the pins are those of the last time.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import venv

_HERE = os.path.dirname(os.path.abspath(__file__))
_PACKAGES = ("requirements.txt", "schemas.txt")
_PINS = (*_PACKAGES, "sources.txt", "backend.txt")
FOLDER = os.path.join(_HERE, "..", "..", ".tools", "corpora")


def _pin(name):
    return os.path.join(_HERE, name)


def _stamp():
    digest = hashlib.sha256()
    for name in (*_PINS, os.path.basename(__file__)):
        with open(_pin(name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return None


def _pip(python, *arguments):
    subprocess.run([python, "-m", "pip", "--disable-pip-version-check", *arguments], check=True)


def _install_packages(folder):
    options = ("--quiet", "--root-user-action=ignore", "--only-binary=:all:", "--no-deps", "--require-hashes")
    pins = [word for name in _PACKAGES for word in ("-r", _pin(name))]
    _pip(sys.executable, "install", *options, "--target", folder, *pins)


def _unpack_sources(folder):
    # pip builds the metadata of a source distribution before it hands it out: in an environment of its own,
    # with a build backend that is pinned, too.
    environment = os.path.join(folder, "backend")
    venv.create(environment, with_pip=True)
    python = os.path.join(environment, "bin", "python")
    _pip(python, "install", "--quiet", "--no-deps", "--require-hashes", "-r", _pin("backend.txt"))
    options = ("--quiet", "--no-deps", "--no-binary=:all:", "--no-build-isolation", "--require-hashes")
    _pip(python, "download", *options, "--dest", folder, "-r", _pin("sources.txt"))
    for name in os.listdir(folder):
        if name.endswith(".tar.gz"):
            with tarfile.open(os.path.join(folder, name)) as archive:
                archive.extractall(folder, filter="data")


def main():
    """Leaves `packages` and `sources` in the folder."""
    stamp = os.path.join(FOLDER, "stamp")
    if _read(stamp) == _stamp():
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    sources = os.path.join(FOLDER, "sources")
    os.makedirs(sources)
    _install_packages(os.path.join(FOLDER, "packages"))
    _unpack_sources(sources)
    with open(stamp, "w") as file:
        file.write(_stamp())


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError:
        sys.exit(
            "error: what the tests check wasgi with could not be fetched; pip says above why.\n"
            "See that this machine reaches the Python package index, then run the same command again."
        )
    except OSError as error:
        sys.exit(f"error: {os.path.abspath(FOLDER)}: {error.strerror}. Make room there, or make it yours.")
    except KeyboardInterrupt:
        sys.exit("interrupted; run the same command again to begin the fetching anew")
