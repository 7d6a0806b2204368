"""Parts of the standard library that lean on C code or on data files."""

import datetime
import decimal
import hashlib
import sqlite3
import unicodedata
import xml.etree.ElementTree as ET
import zlib
import zoneinfo


def _sqlite() -> str:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table t (word text)")
        connection.executemany("insert into t values (?)", [("one",), ("two",)])
        return connection.execute("select group_concat(word) from t").fetchone()[0]


def _zoneinfo() -> str:
    noon = datetime.datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    return noon.astimezone(datetime.UTC).isoformat()


def _zlib() -> str:
    packed = zlib.compress(b"there and back " * 1000)
    return f"{len(packed) < 200} {zlib.decompress(packed)[:14].decode()}"


def _hashlib() -> str:
    return hashlib.sha256(b"wasgi").hexdigest()


def _decimal() -> str:
    return str(decimal.Decimal("0.1") + decimal.Decimal("0.2"))


def _unicodedata() -> str:
    return unicodedata.name("ß")


def _xml() -> str:
    return ET.fromstring("<a><b>text</b></a>").findtext("b")


def app(environ, start_response):
    body = globals()["_" + environ["PATH_INFO"].rpartition("/")[2]]()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [body.encode()]
