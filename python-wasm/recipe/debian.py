"""Sources of libraries from Debian's source packages, with the security fixes that Debian has added."""

from .apt import Apt
from .base import pinned_file
from .failures import Unfetched
from .sources import apply, selected, without_patches


def fetch(build, part, into):
    """The upstream release in Debian's source package."""
    return download(build, part, part["debian"], "--tar-only", into)


def patch(build, part, tree):
    """Applies the patches of the section `patches` that fit its names."""
    pin = part.get("patches")
    if pin is None or without_patches(build, f"this {part['name']}"):
        return
    package = f"{part['debian']}={pin['revision']}"
    archive = pinned_file(
        build.downloads, pin, lambda into: download(build, {**part, **pin}, package, "--diff-only", into)
    )
    applied = apply(build, archive, tree, lambda series: selected(series, pin["select"]))
    build.tell(f"{part['name']} with {len(applied['applied'])} patches of {applied['revision']}")


def download(build, part, package, what, into):
    apt = Apt(build.cache, f"the sources of {part['name']}", suite=build.pins["patches"]["suite"])
    apt.update(build.log)
    came = into / part["file"]
    try:
        apt.get("source", "--download-only", what, package, cwd=into, log=build.log)
    except Unfetched:
        # A mirror may lack the description of the source package, which nobody reads.
        if not came.exists():
            raise
    return came
