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


def _write_alone(path):
    """Two transactions of a connection that nobody shares the database with, and what the next one reads."""
    for name in ("plum", "fig"):
        database = sqlite3.connect(path, timeout=0.2)
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("INSERT INTO item VALUES (?)", (name,))
        database.commit()
        mode = database.execute("PRAGMA journal_mode").fetchone()[0]
        if name == "plum":
            database.close()
    # Left open, as by an application that never closes: what it wrote is in the log.
    _left_open.append(database)
    return mode


_left_open = []


def app(environ, start_response):
    for name in ("plain", "wal"):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(f"/app/{name}.db", f"/tmp/{name}.db")
    paths = ["plain.db", "/app/plain.db", "file:plain.db?mode=ro", "/app/wal.db", "/app/left.db"]
    paths += ["/tmp/plain.db", "/tmp/wal.db", "/data/plain.db", "/data/wal.db", "/app/app.py"]
    if environ["PATH_INFO"] == "/alone":
        said = _attempt(_write_alone, "/data/wal.db")
    else:
        said = {path: [_attempt(_read, path), _attempt(_write, path)] for path in paths}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]
