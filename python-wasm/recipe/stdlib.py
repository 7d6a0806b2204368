"""The step `stdlib`: what the guest finds in its library's folder, as sourceless .pyc and data files."""

import shutil
from pathlib import Path

from .base import fresh, jobs, run
from .cpython import build_python_path
from .version import NAME, STDLIB

# Test suites, windows, interactive shells and installers: a served application has no use for them.
LEFT_OUT = (
    "test",
    "idlelib",
    "tkinter",
    "turtledemo",
    "turtle.py",
    "ensurepip",
    "venv",
    "pydoc_data",
    "site-packages",
    "__pycache__",
    "__phello__",
    "__hello__.py",
    "macholib",
)


def stdlib(build, folder):
    source, target = fresh(folder / "source"), fresh(folder / "stdlib")
    copy_library(build.folder("sources") / "python/Lib", source)
    shutil.copytree(build.folder("wheels") / "tzdata/tzdata", source / "tzdata")
    copy_sysconfig_data(build, build.folder("python") / "work", source)
    compile_tree(build, source, target, folder)
    shutil.rmtree(source)
    files = [path for path in target.rglob("*") if path.is_file()]
    build.tell(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB")


def compile_tree(build, source, target, folder):
    """`target` gets a .pyc for each .py of `source`, and its other files."""
    script = Path(__file__).with_name("compile_tree.py")
    run(
        # Columns serve to underline source lines, and there are none: a fifth of the compressed size.
        [
            *(build_python_path(build), "-I", "-B", "-X", "no_debug_ranges"),
            *(script, source, target, STDLIB, jobs()),
        ],
        # Sets of constants are written in hash order: with a fixed seed the same source gives the same bytes.
        cwd=folder,
        log=build.log,
        env={"PYTHONHASHSEED": "0"},
    )


def copy_library(library, into):
    shutil.copytree(library, into, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*LEFT_OUT))


def copy_sysconfig_data(build, work, into):
    """sysconfig's variables, without the paths of the machine that built them."""
    data = next((work / (work / "pybuilddir.txt").read_text().strip()).glob("_sysconfigdata_*.py"))
    text = data.read_text()
    for path, name in (
        (build_python_path(build), NAME),
        (build.home / "steps", "/python-wasm"),
        (build.cache, "/cache"),
    ):
        text = text.replace(str(path), name)
    (into / data.name).write_text(text)
