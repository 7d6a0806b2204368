"""The source archive: what git has of the commit, and nothing else that lies in the folder."""

import gzip
from pathlib import Path

import project
from project import NAME, ReleaseError
from tools import output, raw_output


def check() -> None:
    """Refuses where the binary would be made of other sources than the archive holds."""
    changed = output(["git", "status", "--porcelain"], "asking git what has changed").splitlines()
    if changed:
        shown = "\n".join(changed[:10] + ["..."] * (len(changed) > 10))
        raise ReleaseError(
            "the working tree differs from its last commit, so that the source archive would not be what the "
            f"binary is made of. Commit, stash or remove:\n{shown}"
        )


def write(folder: Path) -> Path:
    """The same bytes from the same commit: no time but the commit's, and no name of the machine, is in it."""
    check()
    name = f"{NAME}-{project.version()}"
    tar = raw_output(["git", "archive", "--format=tar", f"--prefix={name}/", "HEAD"], "archiving the sources")
    path = folder / f"{name}.tar.gz"
    path.write_bytes(gzip.compress(tar, mtime=0))
    return path
