"""Reads a Containerfile of one stage, and makes its image out of a base that has nothing but libraries."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple


class Image(NamedTuple):
    #: (permissions, source, target) of each COPY.
    copies: list[tuple[int, str, str]]
    environment: dict[str, str]
    user: str
    port: int
    health: list[str]
    #: ENTRYPOINT and CMD.
    command: list[str]


def parse(text: str) -> Image:
    """Of the instructions that ours has; of any other it is not known what they would do."""
    copies, environment, found = [], {}, {}
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        match name:
            case "COPY":
                mode, source, target = re.fullmatch(r"--chmod=(\d+) (\S+) (\S+)", rest).groups()
                copies.append((int(mode, 8), source, target))
            case "ENV":
                environment |= dict(word.split("=", 1) for word in shlex.split(rest))
            case "USER" | "EXPOSE" | "ENTRYPOINT" | "CMD":
                found[name] = rest
            case "HEALTHCHECK":
                found[name] = rest.partition(" CMD ")[2]
            case "" | "#" | "ARG" | "FROM":
                pass
            case _:
                raise ValueError(f"what does {name} do? {line}")
    words = {name: json.loads(found[name]) for name in ("HEALTHCHECK", "ENTRYPOINT", "CMD")}
    command = words["ENTRYPOINT"] + words["CMD"]
    return Image(copies, environment, found["USER"], int(found["EXPOSE"]), words["HEALTHCHECK"], command)


def make(image: Image, context: Path, root: Path) -> None:
    """A base with the libraries that the copied programs are linked with, and /tmp; then the COPY steps."""
    for folder, mode in (("tmp", 0o1777), ("proc", 0o555), ("srv", 0o755)):
        (root / folder).mkdir()
        (root / folder).chmod(mode)
    for mode, source, target in image.copies:
        place = root / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(context / source, place)
        place.chmod(mode)
        for library in libraries(place):
            (root / library.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, root / library.lstrip("/"))


def with_application(containerfile: Path, binary: Path, application: Path, folder: Path) -> Path:
    """The image's files with an application, and where they are in the folder."""
    context, root = folder / "context", folder / "root"
    context.mkdir()
    root.mkdir()
    # Its user has to be able to pass.
    folder.chmod(0o755)
    shutil.copy(binary, context / "wasgi")
    make(parse(containerfile.read_text()), context, root)
    component = root / "srv" / "app.wasm"
    subprocess.run([binary, "build", application, "-o", component], check=True, capture_output=True)
    component.chmod(0o644)
    return root


def libraries(program: Path) -> list[str]:
    """The paths that this machine's loader finds them at."""
    listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return re.findall(r"(/\S+) \(0x", listed)
