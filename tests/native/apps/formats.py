"""Packages whose native code is joined to the interpreter: each beside its own way in pure Python."""

import json

import msgpack
import ujson
import yaml
from msgpack import fallback

DOCUMENT = """
shop: {name: Gr\u00fc\u00dfe, open: true, since: 2001-01-01}
prices: [1, 2.5, null, 0x10]
text: |
  two
  lines
"""
NUMBERS = {"a": [1, -1, 2.5, 2**63, None, True], "b": b"\x00\xff", "c": "\u00fc"}
# Each line holds the one before it nine times.
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{of}'] * 9)}]\n" for of, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def of_yaml():
    native = yaml.load(DOCUMENT, Loader=yaml.CSafeLoader)
    written = yaml.dump(native, Dumper=yaml.CSafeDumper)
    return {
        "same": native == yaml.load(DOCUMENT, Loader=yaml.SafeLoader),
        "written": yaml.load(written, Loader=yaml.SafeLoader) == native,
        "name": native["shop"]["name"],
        "parser": str(yaml.cyaml.CParser),
    }


def of_msgpack():
    packed = msgpack.packb(NUMBERS)
    return {
        "same": packed == fallback.Packer().pack(NUMBERS),
        "read": msgpack.unpackb(packed) == NUMBERS,
        "packer": msgpack.Packer.__module__,
    }


def of_ujson():
    values = [1 / number for number in range(1, 50)]
    text = ujson.dumps({"values": values, "text": "\u00fc"})
    return {"same": text == json.dumps({"values": values, "text": "\u00fc"}, separators=(",", ":"))}


def damaged():
    """Their exceptions come out of native code, too."""
    said = []
    for read in (
        lambda: yaml.load("a: [1", Loader=yaml.CSafeLoader),
        lambda: msgpack.unpackb(b"\x92\x01"),
        lambda: ujson.loads("[1"),
    ):
        try:
            read()
        except (yaml.YAMLError, ValueError) as error:
            said.append(type(error).__name__)
    return said


def bomb():
    return len(repr(yaml.load(BOMB, Loader=yaml.CSafeLoader)))


def deep():
    return len(yaml.load("[" * 1_000_000, Loader=yaml.CSafeLoader))


PATHS = {
    "/": bool,
    "/yaml": of_yaml,
    "/msgpack": of_msgpack,
    "/ujson": of_ujson,
    "/damaged": damaged,
    "/bomb": bomb,
    "/deep": deep,
}


def app(environ, start_response):
    answer = json.dumps(PATHS[environ["PATH_INFO"]]())
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer.encode()]
