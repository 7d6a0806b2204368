"""Runs the tools that a release takes."""

import subprocess

from project import REPOSITORY, ReleaseError

#: Where each comes from.
CURES = {
    "cargo": "Install Rust with rustup.",
    "rustc": "Install Rust with rustup.",
    "git": "Install git.",
}


def output(command: list, doing: str) -> str:
    """What it wrote to stdout."""
    return raw_output(command, doing).decode()


def raw_output(command: list, doing: str) -> bytes:
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, check=False, capture_output=True, cwd=REPOSITORY)
    except FileNotFoundError:
        cure = CURES.get(words[0], "Build it first: `./just wheel` does.")
        raise ReleaseError(f"{doing} needs `{words[0]}`, which is not there. {cure}") from None
    except OSError as error:
        raise ReleaseError(f"{doing}: {words[0]} does not start: {error.strerror}") from None
    if done.returncode:
        raise ReleaseError(
            f"{doing} failed: {' '.join(words)}\n{done.stderr.decode(errors='replace').rstrip()}"
        )
    return done.stdout
