"""Packages in Rust: their code as a static archive, with Rust's standard library compiled for WASI."""

import json
import os
import shutil
from pathlib import Path

from . import bindings, version
from .apt import Apt
from .base import RecipeError, fresh, output_of, run, write_atomically
from .libraries import EMULATION_FLAGS

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
# Packages that choose the same share the standard library. What remains of a package's own profile is how
# it checks itself.
PROFILE = {
    "CARGO_PROFILE_RELEASE_LTO": "fat",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "1",
    "CARGO_PROFILE_RELEASE_DEBUG": "false",
    "CARGO_PROFILE_RELEASE_PANIC": "abort",
    # Another setting of the person's would decide.
    "CARGO_PROFILE_RELEASE_INCREMENTAL": "false",
}
# Of a package: they name another compiler, and crates that lie beside the source, without those of the
# standard library.
OF_OTHERS = ["rust-toolchain", "rust-toolchain.toml", ".cargo"]


def archive(build, how, work):
    """Compiles the crate in the folder `how["crate"]`, and returns its static archive."""
    compiler = unpacked(build)
    if output_of(["cargo", "--version"]) is None:
        raise RecipeError("`cargo` is not there. Install Rust with rustup.")
    crate, target = work / how["crate"], target_folder(build)
    products = target / TARGET / "release"
    # Of a build that was interrupted.
    for archive in products.glob("*.a"):
        archive.unlink()
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
        **PROFILE,
        **how.get("env", {}),
        **bindings.environment(build, how, work),
        # For what a crate has in C.
        "CC_wasm32_wasip1": compiler_of_c,
        "CFLAGS_wasm32_wasip1": " ".join([*flags, *EMULATION_FLAGS, "-fPIC"]),
        "AR_wasm32_wasip1": build.toolchain()["ar"][0],
        "RUSTC": compiler / "usr/bin/rustc",
        "LD_LIBRARY_PATH": f"{compiler}/usr/lib/x86_64-linux-gnu:{os.environ.get('LD_LIBRARY_PATH', '')}",
        # Building the standard library is for a nightly compiler, or one that is told so.
        "RUSTC_BOOTSTRAP": "1",
        "PYO3_CROSS": "1",
        "PYO3_CONFIG_FILE": python,
        "CARGO_TARGET_DIR": target,
        "RUSTFLAGS": f"-Crelocation-model=pic {' '.join(without_paths(work, compiler))}",
    }
    words = ["--release", "--locked", "--lib", "--crate-type", "staticlib", "--target", TARGET]
    features = ["--features", ",".join(how["features"])] if "features" in how else []
    run(
        ["cargo", "rustc", *words, *features, "-Zbuild-std=std,panic_abort"],
        cwd=crate,
        log=build.log,
        env={name: str(value) for name, value in env.items()},
    )
    archive = next(products.glob("*.a"))
    return archive.rename(work / archive.name)


def without_paths(work, compiler):
    """Has no path of this machine's go into the code, where panics name their places."""
    home = Path(os.environ.get("CARGO_HOME", "~/.cargo")).expanduser()
    places = {"crates": home / "registry/src", "rust": compiler / "usr/lib/rustlib/src/rust", "": work}
    return [f"--remap-path-prefix={folder}=/{name}" for name, folder in places.items()]


def target_folder(build):
    """Cargo's folder for all packages that are built at once, with the standard library."""
    return build.home / "native" / "target"


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
