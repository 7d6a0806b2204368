"""Files of the application at request time: imports, data beside the code, resources of a package."""

import importlib.metadata
import importlib.resources
import os
import pkgutil
import sys

_HERE = os.path.dirname(__file__)


def _late_stdlib() -> str:
    early = "colorsys" in sys.modules
    import colorsys

    return f"{early} {colorsys.rgb_to_hsv(0, 0, 1)[2]}"


def _late_sibling() -> str:
    early = "bundle.late" in sys.modules
    from bundle import late

    return f"{early} {late.WORD}"


def _late_package() -> str:
    early = "larder" in sys.modules
    import larder.shelf

    return f"{early} {larder.shelf.JAM} {importlib.metadata.version('larder')}"


def _source() -> str:
    with open(__file__, encoding="utf-8") as file:
        return file.readline().strip()


def _data() -> str:
    with open(os.path.join(_HERE, "bundle", "data.txt"), encoding="utf-8") as file:
        return file.read()


def _relative() -> str:
    with open("bundle/data.txt", encoding="utf-8") as file:
        return file.read()


def _seek() -> str:
    with open("bundle/data.txt", "rb") as file:
        file.seek(-5, os.SEEK_END)
        return f"{file.tell()} {file.read()!r} {os.fstat(file.fileno()).st_size}"


def _resource() -> str:
    return importlib.resources.files("bundle").joinpath("data.txt").read_text(encoding="utf-8")


def _pkgutil() -> str:
    return pkgutil.get_data("bundle", "data.txt").decode()


def _listing() -> str:
    # Byte code lies where any Python puts it.
    return " ".join(sorted(name for name in os.listdir("bundle") if name != "__pycache__"))


def _walk() -> str:
    found = [f"{folder}/{name}" for folder, _, names in os.walk("bundle") for name in names]
    return " ".join(sorted(path for path in found if path.endswith((".py", ".txt"))))


def _missing() -> str:
    try:
        open("bundle/missing.txt").close()
    except FileNotFoundError as error:
        return str(error)
    return "found"


def _is_there() -> str:
    there = os.path.isdir("bundle") and os.path.isfile("bundle/data.txt")
    return f"{there} {os.path.exists('bundle/missing.txt')}"


def app(environ, start_response):
    body = globals()["_" + environ["PATH_INFO"].rpartition("/")[2]]()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [body.encode()]
