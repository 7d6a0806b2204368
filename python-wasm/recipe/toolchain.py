"""The step `toolchain`: a clang that makes WebAssembly and a wasi-libc to compile against.

Three places, in this order: WASI_SDK_PATH, a complete clang on PATH, the machine's own Debian packages
unpacked into the cache. Leaves `toolchain.json` with the argument vectors everybody else uses.
"""

import json
import os
import shutil
import stat
from pathlib import Path

from .apt import Apt
from .base import RecipeError, fresh, output_of, pinned_file, run
from .failures import Unfetched

# clang 19 looks for its builtins below `lib/wasi` for this spelling only; both name preview 1.
DEBIAN_TARGET = "wasm32-wasi"
SDK_TARGET = "wasm32-wasip1"
TOOLS = ("clang", "llvm-ar", "llvm-ranlib", "llvm-nm", "llvm-strip")
# Debian's clang comes with what reads profiles, too.
DEBIAN_TOOLS = (*TOOLS, "llvm-profdata")


def identity():
    """What else decides on the toolchain beside the pins; part of the step's key."""
    sdk = os.environ.get("WASI_SDK_PATH")
    if not sdk:
        return ""
    version = Path(sdk) / "VERSION"
    return f"{sdk} {version.read_text() if version.exists() else ''}"


def still_there(folder):
    return Path(json.loads((folder / "toolchain.json").read_text())["cc"][0]).exists()


def toolchain(build, folder):
    sdk = os.environ.get("WASI_SDK_PATH")
    found = from_sdk(Path(sdk)) if sdk else from_debian(build, folder)
    found["version"] = (output_of([*found["cc"], "--version"]) or "?").splitlines()[0]
    prove(found, folder)
    (folder / "toolchain.json").write_text(json.dumps(found, indent=2) + "\n")
    build.tell(f"{found['version']} from {found['from']}")


def from_sdk(sdk):
    tools = {tool: sdk / "bin" / tool for tool in TOOLS}
    if not tools["clang"].exists():
        raise RecipeError(
            f"WASI_SDK_PATH={sdk} holds no bin/clang. Set it to the folder of an unpacked WASI SDK."
        )
    return describe(tools, SDK_TARGET, sdk / "share/wasi-sysroot", f"WASI_SDK_PATH={sdk}")


def from_debian(build, folder):
    major = build.pins["clang"]["major"]
    sysroot = unpack_libc(build, folder)
    tools = on_path(major)
    where = "PATH"
    if not tools:
        tools, where = unpack_clang(build, folder, major), f"Debian's clang-{major}, unpacked in the cache"
    return describe(tools, DEBIAN_TARGET, sysroot, where)


def describe(tools, target, sysroot, where):
    return {
        "cc": [str(tools["clang"]), f"--target={target}", f"--sysroot={sysroot}"],
        "ar": [str(tools["llvm-ar"])],
        "ranlib": [str(tools["llvm-ranlib"])],
        "nm": [str(tools["llvm-nm"])],
        "strip": [str(tools["llvm-strip"])],
        # A WASI SDK has none; then there is no profile, and the interpreter is compiled without one.
        "profdata": [str(tools["llvm-profdata"])] if "llvm-profdata" in tools else None,
        "from": where,
    }


def unpack_libc(build, folder):
    pin = build.pins["wasi-libc"]

    def fetch(into):
        apt = Apt(build.cache, "wasi-libc", suite=pin["suite"])
        apt.update(build.log)
        try:
            apt.get("download", f"wasi-libc={pin['version']}", cwd=into, log=build.log)
        except Unfetched:
            raise
        except RecipeError as error:
            raise RecipeError(
                f"{error}\n\nIf Debian {pin['suite']} has another wasi-libc by now, pin that one in "
                "python-wasm/pins.toml (`apt-cache policy wasi-libc` with its sources tells which)."
            ) from None
        return next(into.glob("*.deb"))

    unpacked = fresh(folder / "wasi-libc")
    run(["dpkg-deb", "-x", pinned_file(build.downloads, pin, fetch), unpacked], cwd=folder, log=build.log)
    return unpacked / "usr"


def on_path(major):
    """The tools on PATH, when they are complete: clang itself, the linker and the builtins for WASI."""
    tools = {tool: shutil.which(f"{tool}-{major}") for tool in DEBIAN_TOOLS}
    if not all(tools.values()) or not shutil.which(f"wasm-ld-{major}"):
        return None
    builtins = output_of([tools["clang"], f"--target={DEBIAN_TARGET}", "--print-libgcc-file-name"])
    return tools if builtins and Path(builtins.strip()).exists() else None


def unpack_clang(build, folder, major):
    apt = Apt(build.cache, f"clang-{major}")
    apt.update(build.log)
    packages = [f"clang-{major}", f"lld-{major}", f"llvm-{major}", f"libclang-rt-{major}-dev-wasm32"]
    unpacked = fresh(folder / "clang")
    archives = apt.closure(packages, build.log)
    for archive in archives:
        run(["dpkg-deb", "-x", archive, unpacked], cwd=folder, log=build.log)
        archive.unlink()
    (folder / "packages.json").write_text(
        json.dumps([archive.stem.replace("%3a", ":") for archive in archives])
    )
    return {tool: wrapper(folder / "bin" / tool, unpacked, major) for tool in DEBIAN_TOOLS}


def wrapper(path, unpacked, major):
    """A script in front of an unpacked tool: its libraries and its linker lie where nobody would look."""
    path.parent.mkdir(exist_ok=True)
    libraries = sorted({str(found.parent) for found in unpacked.glob("usr/lib/**/lib*.so*")})
    path.write_text(
        "#!/bin/sh\n"
        f"export LD_LIBRARY_PATH='{':'.join(libraries)}'\"${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}\"\n"
        f"PATH='{unpacked}/usr/bin':\"$PATH\"\n"
        f"exec '{unpacked}/usr/lib/llvm-{major}/bin/{path.name}' \"$@\"\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path


def prove(found, folder):
    """Compiles and links a command, so that an incomplete toolchain is named here and not by configure."""
    source, product = folder / "prove.c", folder / "prove.wasm"
    source.write_text('#include <stdio.h>\nint main(void) { return printf("%.3Lf\\n", 1.5L) < 0; }\n')
    log = folder / "log"
    try:
        run([*found["cc"], "-O2", source, "-o", product], cwd=folder, log=log)
    except RecipeError as error:
        raise RecipeError(
            f"{error}\n\nThis compiler cannot make a WASI program: {found['cc'][0]}\n"
            "Set WASI_SDK_PATH to an unpacked WASI SDK, or install Debian's clang-19, lld-19, llvm-19 and "
            "libclang-rt-19-dev-wasm32."
        ) from None
    if product.read_bytes()[:4] != b"\0asm":
        raise RecipeError(f"{found['cc'][0]} made something that is no WebAssembly module: {product}")
