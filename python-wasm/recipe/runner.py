"""What runs a WASI Python while it is being built and tried: python-wasm/smoke."""

import json

from .base import REPOSITORY, output_of, run


def build_runner(build):
    """The wasmtime command of the workspace; cargo tells where it put it."""
    argv = ["cargo", "build", "--release", "-p", "wasgi-python-smoke"]
    argv += ["--manifest-path", REPOSITORY / "Cargo.toml"]
    run(argv, cwd=REPOSITORY, log=build.log)
    told = output_of([*argv, "--message-format=json"], cwd=REPOSITORY) or ""
    lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    return next(line["executable"] for line in lines if line.get("executable"))
