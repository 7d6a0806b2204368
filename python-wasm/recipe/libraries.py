"""The step `libraries`: zlib, bzip2, liblzma and SQLite as static archives, in `lib/` and `include/`."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .base import fresh, jobs, run

# Parts of libc that WASI has no system calls for: wasi-libc wants one to ask for them by name.
EMULATED = ("SIGNAL", "GETPID", "PROCESS_CLOCKS", "MMAN")
EMULATION_FLAGS = [f"-D_WASI_EMULATED_{name}" for name in EMULATED]
EMULATION_LIBS = [f"-lwasi-emulated-{name.lower().replace('_', '-')}" for name in EMULATED]

LZMA = "xz/src/liblzma"


@dataclass
class Library:
    """One archive: which files of which crate, compiled how, with which public headers."""

    archive: str
    crate: str
    sources: list[str]
    headers: list[str]
    flags: list[str]
    leave_out: tuple[str, ...] = ()
    include: list[str] = field(default_factory=list)

    def files(self, crates):
        crate = crates / self.crate
        found = sorted({path for pattern in self.sources for path in crate.glob(pattern)})
        return [path for path in found if not any(path.match(pattern) for pattern in self.leave_out)]


LIBRARIES = [
    Library(
        "libz.a",
        "libz-sys",
        ["src/zlib/*.c"],
        ["src/zlib/zlib.h", "src/zlib/zconf.h"],
        ["-O3", "-DHAVE_UNISTD_H", "-DZ_HAVE_UNISTD_H"],
    ),
    Library(
        "libbz2.a",
        "bzip2-sys",
        [
            f"bzip2-1.0.8/{name}.c"
            for name in ("blocksort", "bzlib", "compress", "crctable", "decompress", "huffman", "randtable")
        ],
        ["bzip2-1.0.8/bzlib.h"],
        ["-O3", "-D_FILE_OFFSET_BITS=64"],
    ),
    Library(
        "liblzma.a",
        "liblzma-sys",
        [f"{LZMA}/{part}/*.c" for part in ("common", "lzma", "lz", "check", "delta", "rangecoder", "simple")]
        + ["xz/src/common/tuklib_cpucores.c", "xz/src/common/tuklib_physmem.c"],
        [f"{LZMA}/api/lzma.h", f"{LZMA}/api/lzma"],
        # The crate's own config.h: no threads, every filter.
        ["-O3", "-std=gnu11", "-DNDEBUG", "-DHAVE_CONFIG_H", "-D_GNU_SOURCE", "-Wno-macro-redefined"],
        leave_out=("*mt.c", "*_small.c", "*_tablegen.c", "crc_clmul_consts_gen.c"),
        include=["."]
        + [
            f"{LZMA}/{part}"
            for part in ("api", "lzma", "check", "simple", "delta", "lz", "common", "rangecoder")
        ]
        + ["xz/src/common"],
    ),
    # One thread and no dlopen on WASI: what SQLite has for them would not link. It leaves out by itself the
    # memory that processes share, so that a database in WAL mode is for one connection.
    Library(
        "libsqlite3.a",
        "libsqlite3-sys",
        ["sqlite3/sqlite3.c"],
        ["sqlite3/sqlite3.h", "sqlite3/sqlite3ext.h"],
        [
            "-O2",
            "-DSQLITE_THREADSAFE=0",
            "-DSQLITE_OMIT_LOAD_EXTENSION",
            "-DSQLITE_ENABLE_FTS5",
            "-DSQLITE_ENABLE_RTREE",
            "-DSQLITE_ENABLE_MATH_FUNCTIONS",
            "-DSQLITE_DEFAULT_MEMSTATUS=0",
            *EMULATION_FLAGS,
        ],
    ),
]


def libraries(build, folder):
    tools = build.toolchain()
    lib, include, objects = fresh(folder / "lib"), fresh(folder / "include"), fresh(folder / "objects")
    crates = build.folder("crates")

    def compile_one(library, path):
        product = objects / f"{library.archive}-{path.parent.name}-{path.stem}.o"
        crate = crates / library.crate
        include = [f"-I{crate / name}" for name in library.include]
        run(
            [*tools["cc"], *library.flags, "-w", *include, "-c", path, "-o", product],
            cwd=crate,
            log=build.log,
        )
        return product

    with ThreadPoolExecutor(int(jobs())) as pool:
        # SQLite is one long compilation: started first, the small ones run beside it.
        compiled = {
            library.archive: [pool.submit(compile_one, library, path) for path in library.files(crates)]
            for library in reversed(LIBRARIES)
        }
        for library in LIBRARIES:
            try:
                made = [future.result() for future in compiled[library.archive]]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            run([*tools["ar"], "rcsD", lib / library.archive, *made], cwd=folder, log=build.log)
            copy_headers(library, crates / library.crate, include)
    shutil.rmtree(objects)


def copy_headers(library, crate, include):
    for header in library.headers:
        path = crate / header
        (shutil.copytree if path.is_dir() else shutil.copy)(path, include / path.name)
