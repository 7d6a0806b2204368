import io

import brotli
import zstandard
from answers import by_path, raised

TEXT = b"".join(b"line %d of a text that repeats itself\n" % number for number in range(5000))


def of_zstandard():
    levels = {level: zstandard.compress(TEXT, level) for level in (-5, 1, 3, 19)}
    trained = zstandard.train_dictionary(2048, [TEXT[at : at + 400] for at in range(0, len(TEXT), 400)])
    small = zstandard.ZstdCompressor(dict_data=trained).compress(TEXT[:400])
    # Natively they are used.
    threaded = zstandard.ZstdCompressor(threads=4).compress(TEXT)
    chosen = zstandard.ZstdCompressionParameters.from_level(7, write_checksum=True)
    with zstandard.open(io.BytesIO(levels[3])) as stream:
        streamed = stream.read(10_000)
    return {
        "lengths": {level: len(packed) for level, packed in levels.items()},
        "read": all(zstandard.decompress(packed) == TEXT for packed in levels.values()),
        "streamed": streamed == TEXT[:10_000],
        "threaded": zstandard.decompress(threaded) == TEXT,
        "chosen": len(zstandard.ZstdCompressor(compression_params=chosen).compress(TEXT)),
        "trained": len(trained.as_bytes()),
        "with": zstandard.ZstdDecompressor(dict_data=trained).decompress(small) == TEXT[:400],
        "size": zstandard.get_frame_parameters(levels[3]).content_size,
        "backend": zstandard.backend,
        "version": zstandard.ZSTD_VERSION,
    }


def of_brotli():
    levels = {level: brotli.compress(TEXT, quality=level) for level in (1, 5, 11)}
    packer = brotli.Compressor(mode=brotli.MODE_TEXT)
    parts = packer.process(TEXT[:500]) + packer.process(TEXT[500:]) + packer.finish()
    return {
        "lengths": {level: len(packed) for level, packed in levels.items()},
        "read": all(brotli.decompress(packed) == TEXT for packed in levels.values()),
        "parts": brotli.decompress(parts) == TEXT,
        "version": brotli.__version__,
    }


def refusals():
    return raised(zstandard.decompress, b"no frame"), raised(brotli.decompress, b"\xff" * 9)


def bomb():
    """4 GiB of zeros in some hundred kilobytes."""
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    block = bytes(1 << 20)
    packed = b"".join(packer.compress(block) for _ in range(64)) + packer.flush()
    return len(zstandard.ZstdDecompressor().decompressobj(read_across_frames=True).decompress(packed * 64))


app = by_path(of_zstandard=of_zstandard, of_brotli=of_brotli, refusals=refusals, bomb=bomb)
