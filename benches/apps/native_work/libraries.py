"""The typical work of packages over libraries in C."""

import io
import json

import brotli
import lxml.html
import rapidjson
import ujson
import zstandard
from lxml import etree
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import Integer, String, column, create_engine, select, table, text
from timed import measuring


def picture():
    image = Image.linear_gradient("L").resize((1600, 1200))
    return Image.merge("RGB", (image, image.rotate(90), image.rotate(180)))


def written(image, kind):
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


PICTURE = picture()
SMALL = PICTURE.resize((640, 480))
FILES = {kind: written(PICTURE, kind) for kind in ("JPEG", "PNG", "WEBP")}
FONT = ImageFont.load_default(24)
DOCUMENT = {
    "items": [
        {"id": number, "name": f"item {number}", "price": number / 7, "tags": ["a", "b"]}
        for number in range(200)
    ]
}
TEXT = json.dumps(DOCUMENT)
PROSE = b"".join(b"line %d of a text that repeats itself\n" % number for number in range(2500))
ROWS = "".join(
    f"<tr class='row'><td>{number}</td><td><a href='/{number}'>n</a></td></tr>" for number in range(500)
)
PAGE = f"<html><body><table>{ROWS}</table></body></html>"
TREE = lxml.html.fromstring(PAGE)
SHEET = etree.XSLT(
    etree.XML(
        """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
        <xsl:template match="/"><ul><xsl:for-each select="//tr"><li><xsl:value-of select="td[1]"/></li>
        </xsl:for-each></ul></xsl:template></xsl:stylesheet>"""
    )
)
PACKED = {"zstd": zstandard.compress(PROSE), "br": brotli.compress(PROSE, quality=5)}
ENGINE = create_engine("sqlite://")
ITEM = table("item", column("id", Integer), column("name", String))


def thumbnail(kind):
    image = Image.open(io.BytesIO(FILES[kind]))
    return written(image.resize((320, 240), Image.LANCZOS), kind)


def drawn():
    image = Image.new("RGB", (400, 100))
    ImageDraw.Draw(image).text((5, 5), "The quick brown fox jumps", font=FONT)


def rows():
    with ENGINE.connect() as connection:
        if connection.execute(text("select count(*) from sqlite_master")).scalar() == 0:
            connection.execute(text("create table item (id integer, name text)"))
            connection.execute(ITEM.insert(), [{"id": number, "name": "n"} for number in range(1000)])
            connection.commit()
        return [(row.id, row.name) for row in connection.execute(select(ITEM).where(ITEM.c.id >= 0))]


WORK = {
    "Pillow: thumbnail of a JPEG of 1600 x 1200": lambda: thumbnail("JPEG"),
    "Pillow: thumbnail of a PNG of 1600 x 1200": lambda: thumbnail("PNG"),
    "Pillow: thumbnail of a WebP of 1600 x 1200": lambda: thumbnail("WEBP"),
    "Pillow: write 640 x 480 as JPEG": lambda: written(SMALL, "JPEG"),
    "Pillow: draw 25 letters": drawn,
    "lxml: parse 31 kB of HTML": lambda: lxml.html.fromstring(PAGE),
    "lxml: 500 of 1000 cells by XPath": lambda: TREE.xpath("//tr[@class='row']/td[2]/a/@href"),
    "lxml: transform by XSLT": lambda: str(SHEET(TREE)),
    "ujson: dump 16 kB": lambda: ujson.dumps(DOCUMENT),
    "ujson: load 16 kB": lambda: ujson.loads(TEXT),
    "python-rapidjson: dump 16 kB": lambda: rapidjson.dumps(DOCUMENT),
    "python-rapidjson: load 16 kB": lambda: rapidjson.loads(TEXT),
    "zstandard: compress 100 kB": lambda: zstandard.compress(PROSE),
    "zstandard: decompress 100 kB": lambda: zstandard.decompress(PACKED["zstd"]),
    "Brotli: compress 100 kB at 5": lambda: brotli.compress(PROSE, quality=5),
    "Brotli: decompress 100 kB": lambda: brotli.decompress(PACKED["br"]),
    "SQLAlchemy: 1000 rows of SQLite": rows,
}

app = measuring(WORK)
