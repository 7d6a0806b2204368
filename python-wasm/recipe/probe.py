"""Runs inside the WASI Python: imports the modules named in argv, does the small jobs, tells on stdout.

One JSON line before each attempt and one after it: when the sandbox itself dies, the last one says
over what.
"""

import importlib
import json
import sys


def tell(**what):
    print(json.dumps(what), flush=True)


def kind_of(module):
    """How a module came in: `builtin` (C), `frozen` or `file`."""
    if module.__name__ in sys.builtin_module_names:
        return "builtin"
    origin = getattr(getattr(module, "__spec__", None), "origin", None)
    return origin if origin == "frozen" else "file"


def try_import(name):
    tell(trying=name)
    try:
        tell(module=name, kind=kind_of(importlib.import_module(name)))
    except BaseException as error:
        tell(module=name, reason=f"{type(error).__name__}: {error}")


def round_trips():
    import bz2
    import lzma
    import zlib

    data = b"one sandbox per request, " * 4000
    for module in (zlib, bz2, lzma):
        packed = module.compress(data)
        assert len(packed) < 1000, module
        assert module.decompress(packed) == data, module
    xz = lzma.compress(data, check=lzma.CHECK_SHA256)
    assert lzma.decompress(xz) == data


def database():
    import sqlite3

    with sqlite3.connect(":memory:") as db:
        db.execute("create table t (n integer, s text)")
        db.executemany("insert into t values (?, ?)", [(n, f"row {n}") for n in range(1000)])
        told = db.execute("select sum(n), max(s) from t where json_extract('[1]', '$[0]') = 1")
        assert told.fetchone() == (499500, "row 999")
        db.execute("create virtual table f using fts5(body)")
        db.execute("insert into f values ('a fresh sandbox')")
        assert db.execute("select count(*) from f where f match 'sandbox'").fetchone() == (1,)
        assert db.execute("select round(cos(0) + pow(2, 3))").fetchone() == (9.0,)


def time_zones():
    import datetime
    import zoneinfo

    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    summer = datetime.datetime(2025, 7, 1, 12, tzinfo=berlin)
    assert summer.utcoffset() == datetime.timedelta(hours=2)
    assert summer.tzname() == "CEST"
    assert len(zoneinfo.available_timezones()) > 400
    assert type(berlin).__module__ == "zoneinfo"
    assert "_zoneinfo" in sys.modules


def numbers():
    import decimal
    import fractions
    import math
    import random

    assert decimal.__name__ == "decimal"
    assert "_decimal" in sys.modules
    assert str(decimal.Decimal(2).sqrt(decimal.Context(prec=30))) == "1.41421356237309504880168872421"
    assert fractions.Fraction(1, 3) + fractions.Fraction(1, 6) == fractions.Fraction(1, 2)
    assert math.isclose(math.erf(1.0), 0.8427007929497149)
    assert math.comb(50, 25) == 126410606437752
    assert 0 <= random.SystemRandom().random() < 1


def digests():
    import hashlib
    import hmac

    for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s"):
        assert len(hashlib.new(name, b"wasgi").digest()) == hashlib.new(name).digest_size
    assert hashlib.sha256(b"").hexdigest().startswith("e3b0c442")
    assert hmac.compare_digest(hmac.new(b"k", b"m", "sha256").digest(), hmac.digest(b"k", b"m", "sha256"))


def passwords():
    import hashlib

    derived = hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 4096)
    assert derived.hex() == "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a"
    derived = hashlib.scrypt(b"password", salt=b"NaCl", n=1024, r=8, p=16, maxmem=1 << 25, dklen=8)
    assert derived.hex() == "fdbabe1c9d347200"
    assert all(hashlib.new(name) for name in hashlib.algorithms_guaranteed)


def greeting():
    import ssl

    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        # A record of the handshake (RFC 8446, section 5.1).
        assert outgoing.read(1) == b"\x16"


def build_variables():
    import sysconfig

    assert sysconfig.get_config_var("EXT_SUFFIX") == f".{sys.implementation.cache_tag}-wasm32-wasi.so"
    assert sysconfig.get_config_var("prefix") == sys.prefix == "/"
    assert sys.platform == "wasi"
    assert sysconfig.get_config_var("WITH_PYMALLOC") == 1


def shown_paths():
    import json.decoder

    shown = json.decoder.JSONDecoder.decode.__code__.co_filename
    assert shown == f"/lib/python{sys.version_info[0]}.{sys.version_info[1]}/json/decoder.py", shown


def documents():
    import csv
    import io
    import pickle
    import unicodedata
    from xml.etree import ElementTree

    assert ElementTree.fromstring("<a><b>ü</b></a>").find("b").text == "ü"
    assert list(csv.reader(io.StringIO('a,"b,c"\n'))) == [["a", "b,c"]]
    assert pickle.loads(pickle.dumps({"a": (1, 2.5)})) == {"a": (1, 2.5)}
    assert unicodedata.normalize("NFC", "u\u0308") == "ü"
    assert "日本".encode("shift_jis").decode("shift_jis") == "日本"
    assert "한".encode("euc_kr")
    assert "漢".encode("gb18030")


def contexts_and_locks():
    import contextvars
    import threading

    variable = contextvars.ContextVar("variable", default=1)
    assert contextvars.copy_context().run(variable.get) == 1
    lock = threading.RLock()
    with lock, lock:
        pass
    local = threading.local()
    local.value = 1


def coroutines():
    seen = []

    async def answer():
        seen.append(42)

    try:
        answer().send(None)
    except StopIteration:
        assert seen == [42]


def deep_recursion():
    import json

    nested = []
    for _ in range(100_000):
        nested = [nested]
    for act in (repr, json.dumps):
        try:
            act(nested)
        except RecursionError:
            continue
        raise AssertionError("no RecursionError")
    while nested:
        nested = nested.pop()


JOBS = [
    round_trips,
    database,
    time_zones,
    numbers,
    digests,
    passwords,
    greeting,
    build_variables,
    shown_paths,
    documents,
    contexts_and_locks,
    coroutines,
    deep_recursion,
]


def asyncio_run():
    import asyncio

    async def both():
        return await asyncio.gather(asyncio.sleep(0, "a"), asyncio.sleep(0, "b"))

    assert asyncio.run(both()) == ["a", "b"]


def start_thread():
    import threading

    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def start_process():
    import subprocess

    subprocess.run(["true"], check=True)


def connect():
    import socket

    socket.create_connection(("localhost", 1))


# Not promised: what an application may meet and had better know beforehand.
LIMITS = [asyncio_run, start_thread, start_process, connect]


def try_job(job):
    tell(trying=job.__name__)
    try:
        job()
        tell(job=job.__name__)
    except BaseException as error:
        tell(job=job.__name__, reason=f"{type(error).__name__}: {error}")


def main(names):
    tell(
        version=sys.version,
        builtin=list(sys.builtin_module_names),
        names=sorted(sys.stdlib_module_names),
        jobs=[job.__name__ for job in JOBS],
        limits=[job.__name__ for job in LIMITS],
    )
    for name in names:
        if name.startswith("job:"):
            try_job(globals()[name[4:]])
        else:
            try_import(name)


if __name__ == "__main__":
    main(sys.argv[1:])
