import hashlib
import io
import os
import struct
import zlib

from answers import by_path, raised
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageMorph, features

#: Pixels on each side of a picture that is too large.
SIDE = 26_000


def picture():
    image = Image.new("RGB", (640, 480), (200, 30, 60))
    draw = ImageDraw.Draw(image)
    for step in range(0, 640, 16):
        draw.line((step, 0, 640 - step, 480), fill=(step % 256, 255 - step % 256, 90), width=3)
    draw.ellipse((20, 20, 300, 300), fill=(0, 255, 0))
    return image


def sum_of(image):
    return image.size, image.mode, hashlib.sha256(image.tobytes()).hexdigest()


def saved(image, kind, **how):
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def opened(content):
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


PICTURE = picture()
JPEG = saved(PICTURE, "JPEG", quality=90)
WRITTEN = [
    ("PNG", {}),
    ("PNG", {"optimize": True}),
    ("GIF", {}),
    ("BMP", {}),
    ("TIFF", {}),
    ("JPEG", {"quality": 75, "optimize": True}),
    ("JPEG", {"progressive": True}),
    ("WEBP", {"quality": 80}),
    ("WEBP", {"lossless": True}),
]


def formats():
    """What is read again of what was written."""
    return [(kind, sum_of(opened(saved(PICTURE, kind, **how)))) for kind, how in WRITTEN]


def scaled():
    filters = (Image.NEAREST, Image.BILINEAR, Image.BICUBIC, Image.LANCZOS, Image.BOX)
    return [sum_of(PICTURE.resize((123, 77), one)) for one in filters]


def changed():
    image = opened(JPEG)
    bright = image.convert("L").point(lambda level: 255 * (level > 99))
    count, edges = ImageMorph.MorphOp(op_name="edge").apply(bright)
    return {
        "rotated": sum_of(image.rotate(30, Image.BICUBIC, expand=True)),
        "blurred": sum_of(image.filter(ImageFilter.GaussianBlur(3))),
        "palette": sum_of(image.quantize(16)),
        "cmyk": sum_of(image.convert("CMYK")),
        "edges": (count, sum_of(edges)),
        "draft": draft(),
    }


def draft():
    """Scaled while it is decoded."""
    image = Image.open(io.BytesIO(JPEG))
    image.draft("RGB", (160, 120))
    return sum_of(image)


def text():
    font = ImageFont.load_default(32)
    image = Image.new("L", (400, 80))
    ImageDraw.Draw(image).text((5, 5), "Gr\u00fc\u00dfe, 123", font=font, fill=255)
    return font.getname(), font.getbbox("wide"), sum_of(image)


def about():
    """Where its modules lie, as it says, and as native modules say of themselves."""
    said = io.StringIO()
    features.pilinfo(said, supported_formats=False)
    lines = [line.split(" loaded from ") for line in said.getvalue().splitlines() if " loaded from " in line]
    places = [(what, place) for what, place in lines if "Pillow" in what]
    file = Image.core.__file__
    own = [os.path.basename(file), file == Image.core.__spec__.origin]
    return [(what, os.path.basename(place), place == os.path.dirname(file)) for what, place in places], own


def refusals():
    kinds = [raised(opened, content) for content in damaged()]
    return [found and found[0] for found in kinds], features.check("webp"), features.check("freetype2")


def damaged():
    """Pictures that are cut off, and such with wrong tables and markers: libjpeg leaves those by longjmp."""
    for kind in ("JPEG", "PNG", "WEBP"):
        content = saved(PICTURE, kind)
        yield content[: len(content) // 2]
        for at in range(20, len(content) - 50, len(content) // 25):
            yield content[:at] + b"\xff\xc4" * 20 + content[at + 40 :]


def bomb():
    """2 GB of pixels from 2 MB, where the application has taken Pillow's bound away."""
    Image.MAX_IMAGE_PIXELS = None
    packed = zlib.compressobj(1)
    row = bytes(1 + SIDE * 3)
    return sum_of(opened(png(b"".join(packed.compress(row) for _ in range(200)) + packed.flush())))


def refused_bomb():
    return raised(Image.open, io.BytesIO(png(zlib.compress(b"\0"))))


def png(data):
    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


app = by_path(
    formats=formats,
    scaled=scaled,
    changed=changed,
    text=text,
    about=about,
    refusals=refusals,
    bomb=bomb,
    refused_bomb=refused_bomb,
)
