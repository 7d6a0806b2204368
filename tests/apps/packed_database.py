"""Databases beside the code, in /tmp and in a granted directory, some of them in WAL mode."""

import contextlib
import json
import shutil
import sqlite3


def _attempt(action, *arguments):
    try:
        return action(*arguments)
    except sqlite3.Error as error:
        return f"{type(error).__name__}: {error}"


def _read(path):
    with contextlib.closing(sqlite3.connect(path, uri=path.startswith("file:"))) as database:
        return database.execute("SELECT name FROM item").fetchall()


def _write(path):
    with contextlib.closing(sqlite3.connect(path, timeout=1)) as database, database:
        database.execute("INSERT INTO item VALUES ('pear')")
        return database.execute("SELECT count(*) FROM item").fetchone()[0]


def app(environ, start_response):
    for name in ("plain", "wal"):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(f"/app/{name}.db", f"/tmp/{name}.db")
    paths = ["plain.db", "/app/plain.db", "file:plain.db?mode=ro", "/app/wal.db", "/app/left.db"]
    paths += ["/tmp/plain.db", "/tmp/wal.db", "/data/plain.db", "/data/wal.db", "/app/app.py"]
    said = {path: [_attempt(_read, path), _attempt(_write, path)] for path in paths}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]
