"""The step `package`: the output folder, put together beside its place and moved in at the end."""

import json
import shutil

from .base import fresh
from .cpython import ABI_FLAGS, build_python_path
from .libraries import EMULATION_FLAGS, EMULATION_LIBS
from .version import LIBRARY, NAME

# A static archive after those that call it.
LINK_ORDER = [
    LIBRARY,
    "libsqlite3.a",
    "liblzma.a",
    "libbz2.a",
    "libz.a",
    "libssl.a",
    "libcrypto.a",
    # Calls only Python. In front of it, it would move all of its static data.
    "libmarkupsafe.a",
]
# wasi-libc's dlopen always fails, with a message that CPython hands on.
SYSTEM_LIBS = ["-ldl", *EMULATION_LIBS, "-lm"]
# The stack lies below the data: an overflow traps instead of overwriting objects. CPython's recursion limits
# are made for 8 MiB.
LINK_FLAGS = ["-mexec-model=reactor", "-Wl,-z,stack-size=8388608", "-Wl,--stack-first"]
# Step, file in it, name in the output's licences folder.
LICENCES = [
    ("sources", "python/LICENSE", "CPython"),
    ("sources", "python/Modules/expat/COPYING", "expat"),
    ("sources", "python/Modules/_decimal/libmpdec/mpdecimal.h", "libmpdec"),
    ("sources", "python/Doc/license.rst", "CPython-incorporated-software.rst"),
    ("crates", "libz-sys/src/zlib/LICENSE", "zlib"),
    ("crates", "bzip2-sys/bzip2-1.0.8/LICENSE", "bzip2"),
    ("crates", "liblzma-sys/xz/COPYING.0BSD", "liblzma"),
    ("openssl", "LICENSE.txt", "OpenSSL"),
    ("wheels", "tzdata/tzdata-*.dist-info/licenses/LICENSE", "tzdata"),
    ("wheels", "markupsafe/markupsafe-*.dist-info/licenses/LICENSE.txt", "MarkupSafe"),
    ("toolchain", "wasi-libc/usr/share/doc/wasi-libc/copyright", "wasi-libc"),
    ("toolchain", "clang/usr/share/doc/libclang-rt-*-dev-wasm32/copyright", "compiler-rt"),
]


def package(build, _folder):
    output = build.output()
    work = fresh(output.with_name(output.name + ".work"))
    python = build.folder("python")
    shutil.copytree(python / "include", work / "include")
    shutil.copytree(build.folder("openssl") / "include", work / "include", dirs_exist_ok=True)
    shutil.copytree(python / "lib", work / "lib")
    shutil.copytree(build.folder("accelerators") / "lib", work / "lib", dirs_exist_ok=True)
    shutil.copytree(build.folder("stdlib") / "stdlib", work / "stdlib")
    copy_licences(build, work / "licences")
    write_json(work / "toolchain.json", toolchain_of(build, output))
    write_json(work / "provenance.json", provenance(build))
    shutil.rmtree(output, ignore_errors=True)
    work.rename(output)


def toolchain_of(build, output):
    """What it takes to compile against this Python and to link a reactor."""
    tools = build.toolchain()
    return {
        "cc": tools["cc"],
        "ar": tools["ar"],
        "ranlib": tools["ranlib"],
        "nm": tools["nm"],
        "strip": tools["strip"],
        "cflags": [
            f"-I{output}/include/{NAME}",
            f"-I{output}/include",
            "-DNDEBUG",
            *ABI_FLAGS,
            *EMULATION_FLAGS,
        ],
        "ldflags": LINK_FLAGS,
        "libs": [*(f"{output}/lib/{name}" for name in LINK_ORDER), *SYSTEM_LIBS],
        "python": str(build_python_path(build)),
    }


def provenance(build):
    """Names, versions, hashes and licences of all that went in."""
    pins = build.pins
    entries = [*patched(build, "CPython", "python", "patches", "sources")]
    entries += patched(build, "OpenSSL", "openssl", "openssl-patches", "openssl")
    entries += [{"name": name, "crate": True, **pin} for name, pin in pins["crates"].items()]
    entries += [{"name": name, **pin} for name, pin in pins["wheels"].items()]
    tools = build.toolchain()
    compiler = {
        "name": "clang",
        "version": tools["version"],
        "from": tools["from"],
        "licence": pins["clang"]["licence"],
    }
    packages = build.folder("toolchain") / "packages.json"
    if packages.exists():
        compiler["packages"] = json.loads(packages.read_text())
    entries.append(compiler)
    if (build.folder("toolchain") / "wasi-libc").exists():
        entries.append({"name": "wasi-libc", **pins["wasi-libc"]})
    return {"key": build.keys["package"], "entries": entries}


def patched(build, name, pin, patches, step):
    """Of what Debian mends: the release, and what is applied to it."""
    pins, applied = build.pins, json.loads((build.folder(step) / "patches.json").read_text())
    about = {field: pins[patches][field] for field in ("from", "licence")}
    return [{"name": name, **pins[pin]}, {"name": f"{name} security patches", **about, **applied}]


def copy_licences(build, into):
    into.mkdir()
    for step, path, name in LICENCES:
        for found in build.folder(step).glob(path):
            shutil.copy(found, into / name)


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
