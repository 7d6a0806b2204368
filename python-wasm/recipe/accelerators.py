"""The step `accelerators`: parts of packages that are written in C, in `lib/`.

An application's own copy of them is machine code for another machine, and it would do without, only slower.
"""

from . import version
from .base import fresh, run
from .cpython import ABI_FLAGS

ARCHIVE = "libmarkupsafe.a"
SOURCE = "markupsafe/markupsafe/_speedups.c"
# A name that says whose it is: a guest has all of its modules in one program.
INIT = "-DPyInit__speedups=PyInit_markupsafe_speedups"


def accelerators(build, folder):
    """MarkupSafe's escaping of text for HTML, which every value in a Jinja template goes through."""
    tools, lib = build.toolchain(), fresh(folder / "lib")
    headers = f"-I{build.folder('python')}/include/{version.NAME}"
    product = folder / "markupsafe.o"
    source = build.folder("wheels") / SOURCE
    flags = ["-O3", "-w", "-DNDEBUG", *ABI_FLAGS, INIT, headers]
    run([*tools["cc"], *flags, "-c", source, "-o", product], cwd=folder, log=build.log)
    run([*tools["ar"], "rcsD", lib / ARCHIVE, product], cwd=folder, log=build.log)
    product.unlink()
