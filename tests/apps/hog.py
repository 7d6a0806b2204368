"""Takes memory without end, in the way the path names."""

import os
import zlib


def _block():
    return bytes(1 << 30)


def _blocks():
    return [bytes(1 << 20) for _ in range(1 << 20)]


def _objects():
    return {number: [number] for number in range(1 << 30)}


def _text():
    text = "x"
    while True:
        text += text


def _dictionary():
    strings = {}
    while True:
        strings[str(len(strings))] = "x" * 100


def _recursion(depth=0, held=None):
    return _recursion(depth + 1, bytes(1 << 20))


def _bomb():
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(400)) + packer.flush()
    return zlib.decompress(packed)


def _response():
    return b"".join([bytes(1 << 20)] * 1000)


def _fill() -> list:
    """Takes all there is and keeps it."""
    held = []
    for size in (1 << 20, 1 << 10, 1):
        try:
            while True:
                held.append(bytes(size))
        except MemoryError:
            pass
    return held


def _then_abort():
    held = _fill()
    os.abort()
    return held


def _then_trap():
    nested = ()
    for _ in range(150_000):
        nested = (nested,)
    held = _fill()
    # Deeper than the stack is.
    hash(nested)
    return held


_KINDS = {
    "block": _block,
    "blocks": _blocks,
    "objects": _objects,
    "text": _text,
    "dictionary": _dictionary,
    "recursion": _recursion,
    "bomb": _bomb,
    "response": _response,
    "then_abort": _then_abort,
    "then_trap": _then_trap,
}


def _caught():
    try:
        return str(len(_blocks()))
    except MemoryError:
        return "caught MemoryError"


def app(environ, start_response):
    kind = environ["PATH_INFO"].rpartition("/")[2]
    body = _caught() if kind == "caught" else _KINDS[kind]()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body.encode()]
