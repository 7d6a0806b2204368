import hashlib

import brotlicffi
from answers import by_path, raised

TEXT = b"".join(b"line %d of a text that repeats itself\n" % number for number in range(5000))


def packs():
    levels = {level: brotlicffi.compress(TEXT, quality=level) for level in (1, 5, 11)}
    packer = brotlicffi.Compressor(mode=brotlicffi.MODE_TEXT, quality=4)
    parts = packer.compress(TEXT[:500]) + packer.flush() + packer.compress(TEXT[500:]) + packer.finish()
    return {
        "hashes": {level: hashlib.sha256(packed).hexdigest() for level, packed in levels.items()},
        "read": all(brotlicffi.decompress(packed) == TEXT for packed in levels.values()),
        "parts": brotlicffi.decompress(parts) == TEXT,
    }


def streams():
    packed = brotlicffi.compress(TEXT)
    reader = brotlicffi.Decompressor()
    pieces = [reader.decompress(packed[at : at + 100]) for at in range(0, len(packed), 100)]
    return b"".join(pieces) == TEXT, reader.is_finished()


def refusals():
    reader = brotlicffi.Decompressor()
    reader.decompress(brotlicffi.compress(TEXT)[:50])
    return [
        raised(brotlicffi.decompress, b"\xff" * 9),
        raised(brotlicffi.compress, TEXT, quality=99),
        raised(brotlicffi.compress, "text"),
        reader.is_finished(),
    ]


app = by_path(packs=packs, streams=streams, refusals=refusals)
