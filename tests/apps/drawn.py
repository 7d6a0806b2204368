"""What must differ from request to request, and what an import leaves behind that would make it repeat."""

import email.generator
import json
import os
import random
import secrets
import shutil  # noqa: F401 (uuid1 wants it, and subprocess, in every request)
import sqlite3
import ssl
import subprocess  # noqa: F401
import sys
import tempfile
import time
import uuid

_UNSEEDED = random.Random()
_UNSEEDED.gauss(0, 1)
_SEEDED = random.Random(7)
_DATABASE = sqlite3.connect(":memory:")
_BLOB = "SELECT hex(randomblob(8))"

# As libraries have it: made once, at import.
_TLS_CLIENT, _TLS_SERVER = (
    ssl.SSLContext(kind) for kind in (ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER)
)
for _context in (_TLS_CLIENT, _TLS_SERVER):
    _context.check_hostname = False
    _context.verify_mode = ssl.CERT_NONE
    # Session tickets that can be read off the wire, and no certificate.
    _context.maximum_version = ssl.TLSVersion.TLSv1_2
    _context.set_ciphers("AECDH-AES256-SHA@SECLEVEL=0")

# State that each of these keeps for the next time.
tempfile.mktemp()
uuid.uuid1()
random.gauss(0, 1)
_DATABASE.execute(_BLOB).fetchone()

_CLOCKS = ("time", "monotonic", "perf_counter", "process_time")
_AT_IMPORT = {name: getattr(time, name)() for name in _CLOCKS}


def _tls():
    """Random values of a handshake, by their places in its messages (RFC 5246, 7.4; RFC 5077, 3.3)."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = _TLS_CLIENT.wrap_bio(to_client, to_server)
    server = _TLS_SERVER.wrap_bio(to_server, to_client, server_side=True)
    flights = []
    for side, writes in ((client, to_server), (server, to_client)) * 2:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pass
        flights.append(writes.read())
        writes.write(flights[-1])
    hello, answer, _, finished = flights
    return {
        "tls of client": hello[11:43].hex(),
        "tls of server": answer[11:43].hex(),
        "tls ticket's key": finished[15:31].hex(),
        "tls key": client.get_channel_binding().hex(),
        "tls generator": ssl.RAND_bytes(8).hex(),
    }


def app(environ, start_response):
    seen = {
        "unique": {
            "uuid4": str(uuid.uuid4()),
            "uuid1": str(uuid.uuid1()),
            "random": random.random(),
            "gauss": random.gauss(0, 1),
            "generator": _UNSEEDED.random(),
            "gauss of generator": _UNSEEDED.gauss(0, 1),
            "secrets": secrets.token_hex(8),
            "urandom": os.urandom(8).hex(),
            "much of urandom": os.urandom(300).hex(),
            "temporary name": tempfile.mktemp(),
            "temporary folder": tempfile.mkdtemp(),
            "boundary": email.generator.Generator._make_boundary(),
            "sqlite": _DATABASE.execute(_BLOB).fetchone()[0],
            "new sqlite": sqlite3.connect(":memory:").execute(_BLOB).fetchone()[0],
            **_tls(),
            "token": f"{id(environ):x}-{os.getpid():x}-{time.time_ns():x}",
        },
        "pid": os.getpid(),
        "arguments": sys.argv,
        "seeded": _SEEDED.random(),
        "hash": hash("wasgi"),
        "at import": _AT_IMPORT,
        "now": {name: getattr(time, name)() for name in _CLOCKS},
    }
    start = time.monotonic()
    time.sleep(0.001)
    seen["slept"] = time.monotonic() - start
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]
