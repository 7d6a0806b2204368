"""Run by the build Python: SOURCE TARGET MOUNTED_AT JOBS.

Writes TARGET with a .pyc where SOURCE has a .py, and every other file as it is. The compiled code says
MOUNTED_AT as its folder, so that tracebacks show the path the guest sees.
"""

import py_compile
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def translate(job):
    path, product, shown = job
    product.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".py":
        shutil.copyfile(path, product)
        return
    # Unchecked hashes instead of times: nothing of this build's clock gets into the file.
    py_compile.compile(
        path,
        product.with_suffix(".pyc"),
        shown,
        doraise=True,
        optimize=0,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def main(source, target, mounted_at, jobs):
    source, target = Path(source), Path(target)
    work = [
        (path, target / path.relative_to(source), f"{mounted_at}/{path.relative_to(source)}")
        for path in sorted(source.rglob("*"))
        if path.is_file()
    ]
    with ProcessPoolExecutor(int(jobs)) as pool:
        for _ in pool.map(translate, work, chunksize=16):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
