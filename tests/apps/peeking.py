"""Reads and writes all linear memory of its sandbox, past Python: what crafted bytecode can do.

`/peeking/keep` fills memory with a secret and answers with the secret's first bytes and its digest;
`/peeking/search/<first bytes>/<digest>` looks for it; `/peeking/find` does both in one request;
`/peeking/destroy` overwrites everything.
"""

import hashlib
import io
import json
import os
import sqlite3
import struct
import zlib

# Memory beyond what the snapshot has: nobody but earlier requests can have written there.
_FRESH = 16 << 20
_PREFIX, _LENGTH = 8, 32
_BYTES_HEAD, _TUPLE_HEAD = 16, 12
_IMMORTAL = 0x3FFFFFFF
_EXTENDED_ARG, _LOAD_CONST, _RETURN_VALUE = 71, 83, 36
_kept: list = []


def _object_at(pointer: int):
    """The object whose address stands at `pointer`: taken for a constant of a function that has none."""
    index = (pointer - id(()) - _TUPLE_HEAD) % (1 << 32) // 4
    *high, low = index.to_bytes(4, "big")
    extended = b"".join(bytes([_EXTENDED_ARG, part]) for part in high)
    load = extended + bytes([_LOAD_CONST, low, _RETURN_VALUE, 0])
    return eval((lambda: 0).__code__.replace(co_code=load, co_consts=()))


def _memory(size: int) -> bytearray:
    """A forged bytearray that begins at address 0."""
    forged = struct.pack("<7I", _IMMORTAL, id(bytearray), size, size, 0, 0, 0)
    pointer = struct.pack("<I", id(forged) + _BYTES_HEAD)
    _kept.append((forged, pointer))
    return _object_at(id(pointer) + _BYTES_HEAD)


def _whole_memory() -> bytearray:
    """All there is, after growing it; the new part is not written to."""
    source = os.open(__file__, os.O_RDONLY)
    # Reserves all that it is asked for, then gives back what the file did not fill.
    grown = os.read(source, _FRESH)
    return _memory(id(grown) + _BYTES_HEAD + _FRESH)


def _keep() -> tuple[str, str]:
    secret = os.urandom(_LENGTH)
    _kept.append([secret + bytes([number]) for number in range(200)])
    _kept.append(secret * (_FRESH // _LENGTH))
    _kept.append(io.BytesIO(secret))
    packer = zlib.compressobj()
    _kept.append((packer, packer.compress(secret)))
    database = sqlite3.connect(":memory:")
    database.execute("create table kept as select ? as secret", (secret,))
    _kept.append(database)
    with open("/tmp/secret", "wb") as file:
        file.write(secret)
    os.environ["SECRET"] = secret.hex()
    return secret[:_PREFIX].hex(), hashlib.sha256(secret).hexdigest()


def _search(prefix: str, digest: str) -> dict:
    """Knows the secret by its digest alone, or it would find itself."""
    memory, prefix, found = _whole_memory(), bytes.fromhex(prefix), 0
    place = memory.find(prefix)
    while place >= 0:
        found += hashlib.sha256(memory[place : place + _LENGTH]).hexdigest() == digest
        place = memory.find(prefix, place + 1)
    return {"found": found, "searched": len(memory), "environ": dict(os.environ), "files": os.listdir("/tmp")}


def _destroy():
    memory, junk = _whole_memory(), b"\xa5" * (1 << 16)
    for place in range(len(memory) - len(junk), 0, -len(junk)):
        memory[place : place + len(junk)] = junk


def app(environ, start_response):
    way, *known = environ["PATH_INFO"].split("/")[2:]
    ways = {"keep": _keep, "search": _search, "find": lambda: _search(*_keep()), "destroy": _destroy}
    answer = json.dumps(ways[way](*known))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer.encode()]
