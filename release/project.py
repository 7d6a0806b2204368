"""What the project says of itself: version and licence from Cargo.toml, the rest from release/wheel.toml."""

import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
#: Of distribution, module and command.
NAME = "wasgi"


class ReleaseError(Exception):
    """What went wrong, and the cure."""


def workspace() -> dict:
    """The table that all crates have in common."""
    return tomllib.loads((REPOSITORY / "Cargo.toml").read_text())["workspace"]["package"]


def version() -> str:
    return workspace()["version"]


def metadata() -> dict:
    """The table `project` of PEP 621, with what is dynamic in it."""
    project = tomllib.loads((REPOSITORY / "release" / "wheel.toml").read_text())["project"]
    return {**project, "version": version(), "license": workspace()["license"]}
