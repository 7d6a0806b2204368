import hashlib
import io

from answers import by_path, raised
from backports import zstd
from backports.zstd import CompressionParameter, tarfile

TEXT = b"".join(b"line %d of a text that repeats itself\n" % number for number in range(5000))


def packs():
    levels = {level: zstd.compress(TEXT, level) for level in (-5, 1, 3, 19)}
    options = {CompressionParameter.checksum_flag: True, CompressionParameter.window_log: 12}
    return {
        "hashes": {level: hashlib.sha256(packed).hexdigest() for level, packed in levels.items()},
        "read": all(zstd.decompress(packed) == TEXT for packed in levels.values()),
        "options": hashlib.sha256(zstd.compress(TEXT, options=options)).hexdigest(),
        "frame": repr(zstd.get_frame_info(levels[3])),
        "bounds": CompressionParameter.window_log.bounds()[0],
        "version": zstd.zstd_version,
        "by": zstd.ZstdCompressor.__module__,
    }


def streams():
    packer = zstd.ZstdCompressor()
    packed = packer.compress(TEXT[:500]) + packer.flush(packer.FLUSH_BLOCK) + packer.compress(TEXT[500:])
    packed += packer.flush()
    reader = zstd.ZstdDecompressor()
    pieces = [reader.decompress(packed[at : at + 100]) for at in range(0, len(packed), 100)]
    with zstd.open(io.BytesIO(packed), "rt") as lines:
        last = list(lines)[-1]
    return b"".join(pieces) == TEXT, reader.eof, reader.unused_data.hex(), last


def trained():
    samples = [TEXT[at : at + 400] for at in range(0, len(TEXT), 400)]
    words = zstd.train_dict(samples, 2048)
    packed = zstd.compress(samples[7], zstd_dict=words)
    return len(words), len(packed), zstd.decompress(packed, zstd_dict=words) == samples[7]


def archives():
    kept = io.BytesIO()
    with tarfile.open(fileobj=kept, mode="w:zst") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    kept.seek(0)
    with tarfile.open(fileobj=kept) as archive:
        return archive.getnames()


def refusals():
    return [
        raised(zstd.decompress, b"no frame"),
        raised(zstd.decompress, zstd.compress(TEXT)[:50]),
        raised(zstd.compress, "text"),
        raised(zstd.compress, TEXT, 99),
        raised(zstd.compress, TEXT, options={CompressionParameter.min_match: 99}),
        raised(zstd.ZstdDict, b"short"),
    ]


def parallel():
    """Asks for threads, which a sandbox does not have."""
    return raised(zstd.compress, TEXT, options={CompressionParameter.nb_workers: 2})


app = by_path(
    packs=packs, streams=streams, trained=trained, archives=archives, refusals=refusals, parallel=parallel
)
