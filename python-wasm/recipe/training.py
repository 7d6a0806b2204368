"""The steps `frameworks` and `profile`: the instrumented CPython works through training/workload.py."""

import shutil
import subprocess
import sys
import zipfile

from .base import REPOSITORY, ROOM, RecipeError, fresh, run
from .cpython import PROFILE
from .runner import build_runner
from .stdlib import compile_tree, copy_library
from .version import COMPACT

TRAINING = ROOM / "training"
# The versions that the example and the tests use, so that they are pinned in one place.
REQUIREMENTS = ("examples/flask_app/requirements.txt", "tests/django/requirements.txt")
# CPython looks for its library in an archive in /lib first. In an archive, files have an order; in a folder,
# they have the file system's, and the same training would not give the same counts everywhere.
ARCHIVE = f"python{COMPACT}.zip"
MOUNTED_AT = "/lib"
# Translations and files for browsers are most of Django's bytes.
NOT_IMPORTED = ("*.mo", "*.po", "*-tpl", "*.so", "static", "bin")


def frameworks(build, folder):
    """Flask, Django and what they need, in `packages/`."""
    wanted = [word for name in REQUIREMENTS for word in ("--requirement", REPOSITORY / name)]
    how = ["--quiet", "--no-deps", "--no-compile", "--require-hashes", "--only-binary", ":all:"]
    into = fresh(folder / "packages")
    run([sys.executable, "-m", "pip", "install", *how, "--target", into, *wanted], cwd=folder, log=build.log)


def profile(build, folder):
    """Trains, and leaves the counts as `python.profdata`; nothing, where there is no instrumented CPython."""
    python = build.folder("instrumented") / "python.wasm"
    if not python.exists():
        return
    root = fresh(folder / "root")
    pack(build, folder, root / ARCHIVE)
    counts = folder / "counts.profraw"
    work_through(build, [build_runner(build), python, root, MOUNTED_AT, "-m", "workload"], counts)
    merged = folder / PROFILE
    run([*build.toolchain()["profdata"], "merge", counts, "-o", merged], cwd=folder, log=build.log)
    shutil.rmtree(root)


def work_through(build, command, counts):
    with counts.open("wb") as out, build.log.open("a") as log:
        code = subprocess.call([str(word) for word in command], stdout=out, stderr=log)
    if code:
        raise RecipeError(f"The training failed with {code}; what it said is in {build.log}")


def pack(build, folder, archive):
    """The standard library, the frameworks and the workload, compiled, in one archive of a fixed order."""
    source, compiled = fresh(folder / "source"), fresh(folder / "compiled")
    copy_library(build.folder("sources") / "python/Lib", source)
    shutil.copytree(
        build.folder("frameworks") / "packages",
        source,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns(*NOT_IMPORTED),
    )
    for script in [*TRAINING.glob("*.py"), *build.folder("instrumented").glob("_sysconfigdata_*.py")]:
        shutil.copy(script, source)
    compile_tree(build, source, compiled, folder)
    with zipfile.ZipFile(archive, "w") as out:
        for path in sorted(compiled.rglob("*")):
            # With its folders: otherwise packages without an __init__.py are not found.
            name = f"{path.relative_to(compiled)}{'/' if path.is_dir() else ''}"
            out.writestr(zipfile.ZipInfo(name), b"" if path.is_dir() else path.read_bytes())
    shutil.rmtree(source)
    shutil.rmtree(compiled)
