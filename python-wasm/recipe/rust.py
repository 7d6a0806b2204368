"""Packages in Rust: their code as a static archive, with Rust's standard library compiled for WASI."""

import json
import os
import shutil

from . import version
from .apt import Apt
from .base import RecipeError, fresh, output_of, run, write_atomically

# Debian's newest compiler. It has no library for WASI, but its sources.
DEBIAN = ["rustc-web", "rust-web-src", "libstd-rust-web-dev"]
TARGET = "wasm32-wasip1"
# Says to PyO3 for which Python it compiles, as there is none to ask.
PYTHON = f"""\
implementation=CPython
version={version.SERIES}
shared=false
abi3=false
pointer_width=32
suppress_build_script_link_lines=true
"""
# Of a package: they name another compiler, and crates that lie beside the source, without those of the
# standard library.
OF_OTHERS = ["rust-toolchain", "rust-toolchain.toml", ".cargo"]


def archive(build, how, work):
    """Compiles the crate in the folder `how["crate"]`, and returns its static archive."""
    compiler = unpacked(build)
    if output_of(["cargo", "--version"]) is None:
        raise RecipeError("`cargo` is not there. Install Rust with rustup.")
    crate, target = work / how["crate"], work / "target"
    for name in OF_OTHERS:
        path = crate / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    python = work / "python.cfg"
    python.write_text(PYTHON)
    compiler_of_c, *flags = build.toolchain()["cc"]
    env = {
        # For what a crate has in C.
        "CC_wasm32_wasip1": compiler_of_c,
        "CFLAGS_wasm32_wasip1": " ".join(flags),
        "AR_wasm32_wasip1": build.toolchain()["ar"][0],
        "RUSTC": compiler / "usr/bin/rustc",
        "LD_LIBRARY_PATH": f"{compiler}/usr/lib/x86_64-linux-gnu:{os.environ.get('LD_LIBRARY_PATH', '')}",
        # Building the standard library is for a nightly compiler, or one that is told so.
        "RUSTC_BOOTSTRAP": "1",
        "PYO3_CROSS": "1",
        "PYO3_CONFIG_FILE": python,
        "CARGO_TARGET_DIR": target,
        # The paths of this machine's folders do not go into the code.
        "RUSTFLAGS": f"-Crelocation-model=pic --remap-path-prefix={work}=/",
    }
    words = ["--release", "--locked", "--lib", "--crate-type", "staticlib", "--target", TARGET]
    features = ["--features", ",".join(how["features"])] if "features" in how else []
    run(
        ["cargo", "rustc", *words, *features, "-Zbuild-std=std,panic_abort"],
        cwd=crate,
        log=build.log,
        env={name: str(value) for name, value in env.items()},
    )
    return next((target / TARGET / "release").glob("*.a"))


def unpacked(build):
    """Debian's packages, unpacked into the cache once."""
    folder = build.home / "native" / "rust"
    tree = folder / "tree"
    if not (folder / "packages.json").exists():
        apt = Apt(build.cache, "the Rust compiler")
        apt.update(build.log)
        fresh(tree)
        archives = apt.closure(DEBIAN, build.log)
        for package in archives:
            run(["dpkg-deb", "-x", package, tree], cwd=folder, log=build.log)
            package.unlink()
        names = [package.stem.replace("%3a", ":") for package in archives]
        write_atomically(folder / "packages.json", json.dumps(names) + "\n")
    return tree
