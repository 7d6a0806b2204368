"""Writes the wheel: the command, the module `wasgi` with its hooks, the manual pages, and what they are.

No build backend does it: what is to be in a wheel is compiled already, and a wheel is a zip file with three
files about itself ("Binary distribution format", PEP 427; core metadata 2.4, PEP 639).
"""

import base64
import hashlib
import io
import os
import time
import zipfile
from pathlib import Path

import elf
import project
from project import NAME, REPOSITORY

#: The module that the guest has, too, and what it has only outside of a sandbox.
SOURCES = [REPOSITORY / "guest" / "hooks" / "wasgi", REPOSITORY / "release" / "package"]
#: Zip files know no time before it.
EARLIEST = 315532800


def write(binary: Path, manual: Path, folder: Path) -> Path:
    """Writes the wheel into `folder`, in place of older ones; `manual` has the pages. Gives its path."""
    metadata = project.metadata()
    version, platform = metadata["version"], elf.read(binary).platform_tag()
    tag = f"py3-none-{platform}"
    info, data = f"{NAME}-{version}.dist-info", f"{NAME}-{version}.data"
    files = {f"{NAME}/{path.name}": path.read_bytes() for path in package()}
    files[f"{data}/scripts/{NAME}"] = binary.read_bytes()
    files |= {
        f"{data}/data/share/man/man1/{page.name}": page.read_bytes() for page in sorted(manual.glob("*.1"))
    }
    files |= {
        f"{info}/licenses/{name}": (REPOSITORY / name).read_bytes() for name in metadata["license-files"]
    }
    files[f"{info}/METADATA"] = described(metadata)
    files[f"{info}/WHEEL"] = kind(tag)
    # Last, as the format recommends for all of *.dist-info.
    files[f"{info}/RECORD"] = record(files, f"{info}/RECORD")
    for old in folder.glob(f"{NAME}-*.whl"):
        old.unlink()
    wheel = folder / f"{NAME}-{version}-{tag}.whl"
    wheel.write_bytes(zipped(files, executable=f"{data}/scripts/{NAME}"))
    return wheel


def package() -> list[Path]:
    """The files of the module. Folders such as __pycache__ are not its."""
    files = [path for folder in SOURCES for path in folder.iterdir() if path.is_file()]
    return sorted(files, key=lambda path: path.name)


def described(metadata: dict) -> bytes:
    """METADATA: core metadata 2.4, with the README as the description."""
    fields = [
        ("Metadata-Version", "2.4"),
        ("Name", metadata["name"]),
        ("Version", metadata["version"]),
        ("Summary", metadata["description"]),
        ("License-Expression", metadata["license"]),
        *(("License-File", name) for name in metadata["license-files"]),
        ("Requires-Python", metadata["requires-python"]),
        ("Keywords", ",".join(metadata["keywords"])),
        *(("Classifier", name) for name in metadata["classifiers"]),
        ("Description-Content-Type", "text/markdown"),
    ]
    head = "".join(f"{name}: {value}\n" for name, value in fields)
    return f"{head}\n{(REPOSITORY / metadata['readme']).read_text()}".encode()


def kind(tag: str) -> bytes:
    return f"Wheel-Version: 1.0\nGenerator: wasgi release\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()


def record(files: dict[str, bytes], own: str) -> bytes:
    """RECORD: each file with its hash and its size; for itself it has neither."""
    lines = [f"{name},sha256={digest(content)},{len(content)}" for name, content in files.items()]
    return "\n".join([*lines, f"{own},,", ""]).encode()


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def zipped(files: dict[str, bytes], executable: str) -> bytes:
    """The same bytes from the same files: times come from $SOURCE_DATE_EPOCH, or are the first there are."""
    moment = time.gmtime(max(int(os.environ.get("SOURCE_DATE_EPOCH") or 0), EARLIEST))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, moment[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, so that the mode below counts
            entry.external_attr = (0o100755 if name == executable else 0o100644) << 16
            archive.writestr(entry, content, compresslevel=9)
    return written.getvalue()
