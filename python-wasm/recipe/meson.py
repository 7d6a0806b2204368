"""Packages that Meson builds: configured by their own files for the guest, each module as an object.

Meson is told of the compiler by a cross file, and of the Python by a file as PEP 739 has it. It would link a
library of each module; here only what it would link is compiled.
"""

import json
import stat

from . import bindings, cxx, isolated, version
from .base import RecipeError, jobs, output_of, run
from .cpython import build_python_path

SUFFIX = f".cpython-{version.COMPACT}-wasm32-wasi.so"
#: Of a library, objects and archives are linked; the rest is there before it.
LINKED = (".o", ".a")
NATIVE_FILE = """\
[binaries]
cython = {cython}
"""
CROSS_FILE = """\
[binaries]
c = {cc}
cpp = {cxx}
ar = {ar}
ranlib = {ranlib}
strip = {strip}
# The machine's own libraries are none of the guest's.
pkg-config = 'false'
cmake = 'false'

[built-in options]
buildtype = 'plain'
b_ndebug = 'true'
b_staticpic = true
c_args = {c_args}
cpp_args = {cpp_args}
cpp_link_args = {cpp_link_args}
python.build_config = {python}

[host_machine]
system = 'wasi'
cpu_family = 'wasm32'
cpu = 'wasm32'
endian = 'little'

[properties]
needs_exe_wrapper = true
{properties}
"""


def objects(build, about, flags, work):
    """Compiles the modules of the package by its section `meson`, and returns an object of each."""
    how = about["meson"]
    tools = bindings.wheels(build, how["wheel"], work)
    ninja = executable(next(tools.glob("ninja-*.data/scripts/ninja")))
    env = {"PYTHONPATH": str(tools), "NINJA": str(ninja)}
    into = work / "meson"
    run([build_python_path(build), *setup(build, how, flags, work)], cwd=work, log=build.log, env=env)
    wanted = {module: inputs(ninja, into, module) for module in about["modules"]}
    every = sorted({name for names in wanted.values() for name in names})
    run([ninja, "-C", into, f"-j{jobs()}", *every], cwd=into, log=build.log, env=env)
    return [
        one_object(build, into, names, work / f"{module}.o", about["modules"][module])
        for module, names in wanted.items()
    ]


def setup(build, how, flags, work):
    """The words by which Meson configures the package."""
    cross, native = work / "guest.ini", work / "machine.ini"
    cross.write_text(cross_file(build, how, flags, work))
    native.write_text(NATIVE_FILE.format(cython=[str(build_python_path(build)), "-m", "cython"]))
    options = [f"-D{option}" for option in how.get("options", [])]
    files = [f"--cross-file={cross}", f"--native-file={native}"]
    return [work / how["script"], "setup", *files, *options, work / "meson", work / how["folder"]]


def cross_file(build, how, flags, work):
    tools = build.toolchain()
    python = work / "python.json"
    python.write_text(json.dumps(build_details(build, work)))
    more = how.get("cxx-flags", [])
    return CROSS_FILE.format(
        cc=tools["cc"],
        cxx=[*tools["cc"], "--driver-mode=g++"],
        ar=tools["ar"],
        ranlib=tools["ranlib"],
        strip=tools["strip"],
        c_args=[*flags, *how.get("flags", [])],
        cpp_args=[*flags, *cxx.flags(build), *how.get("flags", []), *more],
        cpp_link_args=[f"-L{cxx.archives(build)[0].parent}"],
        python=repr(str(python)),
        properties="\n".join(f"{name} = {value!r}" for name, value in how.get("properties", {}).items()),
    )


def build_details(build, work):
    """What an installed Python says of itself (PEP 739)."""
    include = bindings.headers(build, work).parent.parent / "include" / version.NAME
    return {
        "schema_version": "1.0",
        "base_prefix": "/",
        "platform": "wasi-wasm32",
        "language": {"version": version.SERIES},
        "implementation": {"name": "cpython"},
        "abi": {"flags": [], "extension_suffix": SUFFIX, "stable_abi_suffix": ".abi3.so"},
        "suffixes": {"extensions": [SUFFIX]},
        "libpython": {"link_extensions": False},
        "c_api": {"headers": str(include)},
    }


def executable(file):
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def inputs(ninja, into, module):
    """What Meson would link the extension module of."""
    library = module.replace(".", "/") + SUFFIX
    listed = output_of([ninja, "-C", into, "-t", "query", library])
    if listed is None:
        raise RecipeError(f"its build knows no {library}")
    words = [line.split() for line in listed.partition("  outputs:")[0].splitlines()]
    return [line[-1] for line in words if line and line[0] != "||" and line[-1].endswith(LINKED)]


def one_object(build, into, names, product, initialiser):
    link = [*build.toolchain()["cc"], "-nostdlib", "-r", *names, "-o", product]
    run(link, cwd=into, log=build.log)
    isolated.isolate(product, {initialiser})
    return product
