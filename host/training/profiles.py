"""The profile that the host of a release is compiled by: what a request takes is inlined and lies together.

A server that counts what it does is compiled and trained first. Its profile is kept in the cache folder, by
compiler and dependencies. `host/build.py --release` makes and uses it; WASGI_WITHOUT_PROFILE=1 does without.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python-wasm"))

import client
from recipe import base

HERE = Path(__file__).resolve().parent
REPOSITORY = base.REPOSITORY
WORK = REPOSITORY / "target" / "training"
OPT_OUT = "WASGI_WITHOUT_PROFILE"
#: Cargo's, of what is shipped.
PROFILE = "dist"
#: How much more a count made while serving weighs than one made while compiling, which goes on for seconds.
#: What has most of their sum is made fast.
WEIGHT = 100
# A function that was changed since is compiled without its counts. That is no news.
FLAGS = ["-Cllvm-args=-no-pgo-warn-mismatch"]
# The server that counts is to be there soon: where it counts is settled before crates are optimised across
# each other. In place of the setting in Cargo.toml, as functions have that in their names.
SOON = ["-Clto=off", "-Clinker-plugin-lto=no", "-Cembed-bitcode=no"]


class Profile:
    """The profile for this compiler and these dependencies, as far as there can be one."""

    def __init__(self, recipe, environ: Mapping = os.environ):
        self.recipe = recipe
        self.kept = base.cache_root() / "profiles" / f"host-{key(base.rust_compiler())}.profdata"
        self.unwanted = unwanted(environ)

    def steps(self) -> int:
        """How many steps making it takes."""
        return 0 if self.unwanted or self.kept.exists() else 2

    def flags(self, told) -> list[str]:
        """What the compiler is told of it, which is made unless it is there; nothing, where it cannot be."""
        if self.unwanted:
            tell(f"compiled without a profile, so that requests take longer: {self.unwanted}")
            return []
        with base.exclusive(base.cache_root() / "profiles.lock", tell):
            if not self.kept.exists():
                merger = llvm_profdata(self.recipe)
                reason = refusal(merger)
                if merger is None or reason:
                    tell(f"compiled without a profile, so that requests take longer: {reason}")
                    return []
                make(self.kept, merger, told)
        return [f"-Cprofile-use={self.kept}", *FLAGS]


def unwanted(environ: Mapping) -> str | None:
    """What keeps the compiler from getting our flags."""
    if environ.get(OPT_OUT) == "1":
        return f"{OPT_OUT} is set"
    for name in ("CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"):
        if environ.get(name):
            return f"{name} is set, and takes the place of its flags; unset it, and build again"
    return None


def tell(text: str) -> None:
    print(f"host: {text}", file=sys.stderr, flush=True)


def key(compiler: str) -> str:
    """Names what the profile fits: functions of these dependencies, as this compiler names them."""
    hashed = hashlib.sha256(f"{compiler}{WEIGHT}".encode())
    training = [HERE / "app.py", HERE / "client.py"]
    for path in [REPOSITORY / "Cargo.lock", REPOSITORY / "Cargo.toml", *training]:
        hashed.update(hashlib.sha256(path.read_bytes()).digest())
    return hashed.hexdigest()[:16]


def llvm_profdata(recipe) -> str | None:
    """The compiler's own (rustup's component llvm-tools), or that of CPython's clang."""
    sysroot = base.output_of(["rustc", "--print", "sysroot"], cwd=REPOSITORY) or ""
    for of_rust in Path(sysroot.strip()).glob("lib/rustlib/*/bin/llvm-profdata"):
        return str(of_rust)
    own = recipe.toolchain()["profdata"]
    return own[0] if own else None


def refusal(merger: str | None) -> str | None:
    """Why there can be no profile, told by the smallest program: whether the compiler can count, and its
    counts be read, is not to be learned after minutes."""
    cure = "install the compiler's with `rustup component add llvm-tools`, and build again"
    if merger is None:
        return f"there is no llvm-profdata; {cure}"
    folder = base.fresh(WORK / "probe")
    source, program = folder / "probe.rs", folder / "probe"
    source.write_text("fn main() {}\n")
    counts = {"LLVM_PROFILE_FILE": str(folder / "probe.profraw")}
    counting = f"-Cprofile-generate={folder}"
    if base.output_of(["rustc", counting, source, "-o", program], cwd=REPOSITORY) is None:
        return "this compiler comes without a profiling runtime"
    base.output_of([program], env=counts)
    if base.output_of([merger, "merge", *folder.glob("*.profraw"), "-o", folder / "merged"]) is None:
        return f"{merger} cannot read what this compiler writes; {cure}"
    return None


def make(kept: Path, merger: str, told) -> None:
    """Compiles, trains, merges; leaves nothing but the profile."""
    base.fresh(WORK)
    # Beside the work, so that a training that failed does not compile all of it again.
    built = WORK.with_name("instrumented")
    with told.step("counting", "a server that counts what it does", 660):
        compile_counting(built)
    with told.step("training", "what the host does most while it compiles and serves", 60):
        merged = train(built / PROFILE / "wasgi", merger)
    kept.parent.mkdir(parents=True, exist_ok=True)
    # It may lie on another disk: whole, or not there.
    shutil.copyfile(merged, kept.with_suffix(".new"))
    kept.with_suffix(".new").replace(kept)
    shutil.rmtree(built)
    shutil.rmtree(WORK)


def compile_counting(built: Path) -> None:
    command = ["cargo", "build", "--profile", PROFILE, "--locked", "-p", "wasgi", "--target-dir", str(built)]
    # What the compiler's own plugins and build scripts count goes unread.
    counting = [f"-Cprofile-generate={WORK / 'unread'}", *SOON]
    flags = {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join(counting)}
    # Not into the log: cargo tells how far it is.
    if subprocess.call(command, cwd=REPOSITORY, env=base.full_env(flags)):
        raise base.RecipeError("cargo failed, and says why above.")


def train(command: Path, merger: str) -> Path:
    """Has the server build, compile and serve; gives the profile."""
    log, component, code = (WORK / name for name in ("log.txt", "app.wasm", "app.cwasm"))
    serving, weighed, merged = (WORK / name for name in ("serving.profraw", "weighed", "merged"))
    counting = {"LLVM_PROFILE_FILE": str(WORK / "compiling-%p.profraw"), "WASGI_CACHE": str(WORK / "cache")}
    base.run([command, "build", HERE / "app.py", "-o", component], cwd=WORK, log=log, env=counting)
    base.run([command, "compile", component, "-o", code], cwd=WORK, log=log, env=counting)
    serve(command, code, {"LLVM_PROFILE_FILE": str(serving)}, log)
    # In a step of its own: of several inputs, llvm-profdata does not weigh the targets of indirect calls.
    merge = [merger, "merge", "-sparse"]
    base.run([*merge, f"-weighted-input={WEIGHT},{serving}", "-o", weighed], cwd=WORK, log=log)
    base.run([*merge, weighed, *WORK.glob("compiling-*"), "-o", merged], cwd=WORK, log=log)
    return merged


def serve(command: Path, code: Path, environment: dict, log: Path) -> None:
    """Serves for the time of the training. The counts are written when the server ends by itself."""
    argv = [str(command), "serve", str(code), "--bind", "127.0.0.1:0"]
    server = subprocess.Popen(
        argv, cwd=WORK, env=base.full_env(environment), stderr=subprocess.PIPE, text=True, errors="replace"
    )
    with server, log.open("a") as out:
        port = ready(server, out)
        # One line for each request: unread, it would stop the server in the end.
        reader = threading.Thread(target=shutil.copyfileobj, args=(server.stderr, out))
        reader.start()
        try:
            client.train(port)
        except (client.Untrained, OSError) as error:
            raise base.RecipeError(f"The training failed: {error}. The server's log: {log}") from None
        finally:
            server.terminate()
            reader.join()
    if server.returncode:
        raise base.RecipeError(f"The server in training ended with {server.returncode}; it says why in {log}")


def ready(server: subprocess.Popen, out) -> int:
    """The port that it serves on."""
    for line in server.stderr or ():
        out.write(line)
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise base.RecipeError(f"The server in training does not start; it says why in {out.name}")
