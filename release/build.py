#!/usr/bin/env python3
"""Makes what is shipped out of a `wasgi` binary, into `dist/`.

python3 release/build.py check           whether this tree can be released, before it is compiled for long
python3 release/build.py wheel BINARY    the wheel alone
python3 release/build.py all BINARY      binary, wheel, sources, manual, completions, bill of materials, sums
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (whoever runs this may have an older one)
    sys.exit("release/build.py needs Python 3.11 or newer: run it with a newer python3.")

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import archive
import bill
import elf
import project
import wheel
from project import NAME, REPOSITORY, ReleaseError
from tools import output

DIST = REPOSITORY / "dist"
SUMS = "SHA256SUMS"
#: How each shell wants the file with completions named.
COMPLETIONS = {"bash": f"{NAME}.bash", "zsh": f"_{NAME}", "fish": f"{NAME}.fish"}


def main(words: list[str]) -> None:
    match words:
        case ["check"]:
            archive.check()
        case ["wheel", binary]:
            DIST.mkdir(exist_ok=True)
            tell(make_wheel(checked(Path(binary)), DIST))
        case ["all", binary]:
            archive.check()
            make_all(checked(Path(binary)))
        case _:
            raise ReleaseError(f"unknown arguments: {' '.join(words)}\n{__doc__}")


def checked(binary: Path) -> Path:
    """The binary's path, if it is there and of this version."""
    binary = binary.resolve()
    if not binary.is_file():
        raise ReleaseError(f"{binary} is not there: `./just build` compiles a binary into target/release")
    said = output([binary, "-V"], f"asking {binary} for its version").strip()
    wanted = f"{NAME} {project.version()}"
    if said != wanted:
        raise ReleaseError(f"{binary} says that it is {said!r}, and Cargo.toml {wanted!r}: build it again")
    return binary


def make_all(binary: Path) -> None:
    """Whole or not at all: the old folder stays until the new one is complete."""
    made = DIST.with_name("dist.new")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    shutil.copy(binary, made / NAME)
    manual(binary, made / "man")
    completions(binary, made / "completions")
    wheel.write(binary, made / "man", made)
    archive.write(made)
    document = bill.of_binary(elf.read(binary).machine, sha256(binary))
    (made / f"{NAME}-{project.version()}.cdx.json").write_text(json.dumps(document, indent=2) + "\n")
    (made / SUMS).write_text(sums(made))
    shutil.rmtree(DIST, ignore_errors=True)
    made.rename(DIST)
    for path in shipped(DIST):
        tell(path)


def make_wheel(binary: Path, folder: Path) -> Path:
    with tempfile.TemporaryDirectory() as pages:
        manual(binary, Path(pages))
        return wheel.write(binary, Path(pages), folder)


def manual(binary: Path, folder: Path) -> None:
    """Pages of man: the command writes them, out of what its `--help` is made of."""
    output([binary, "man", folder], "writing the manual pages")


def completions(binary: Path, folder: Path) -> None:
    folder.mkdir()
    for shell, name in COMPLETIONS.items():
        script = output([binary, "completions", shell], f"writing the completions for {shell}")
        (folder / name).write_text(script)


def shipped(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def sums(folder: Path) -> str:
    """As `sha256sum --check` reads them."""
    return "".join(f"{sha256(path)}  {path.relative_to(folder)}\n" for path in shipped(folder))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tell(path: Path) -> None:
    print(f"release: {path.relative_to(REPOSITORY)} ({path.stat().st_size / 1e6:.2f} MB)")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ReleaseError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted; run the same command again")
