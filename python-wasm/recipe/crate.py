"""Sources of libraries in C from crates that carry them."""

import os
import shutil
from pathlib import Path

from .base import RecipeError, run
from .failures import fetching

MANIFEST = """\
[package]
name = "throw-away"
version = "0.0.0"
edition = "2021"

[workspace]

[dependencies]
{name} = {{ version = "={version}", default-features = false }}
"""


def fetch(build, part, into):
    """The crate of a library, as cargo has downloaded it for a throw-away manifest."""
    name, version = part["crate"], part["crate-version"].partition("+")[0]
    (into / "src").mkdir()
    (into / "src/lib.rs").touch()
    (into / "Cargo.toml").write_text(MANIFEST.format(name=name, version=version))
    with fetching(f"the crate {name}, by cargo,"):
        run(["cargo", "fetch", "--quiet"], cwd=into, log=build.log)
    home = Path(os.environ.get("CARGO_HOME", "~/.cargo")).expanduser()
    came = next(home.glob(f"registry/cache/*/{part['file']}"), None)
    if came is None:
        raise RecipeError(
            f"cargo has fetched {name}, but there is no {part['file']} in {home}/registry/cache."
        )
    # Who asked for it moves the file away, and cargo keeps its own.
    return Path(shutil.copy(came, into))
