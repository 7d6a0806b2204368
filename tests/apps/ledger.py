"""A ledger in a granted directory: each number that is in one of its two tables is in the other one, too."""

import contextlib
import json
import os
import sqlite3
import time

PATH = "/data/ledger.db"
_left = []


def _connect(timeout=30):
    return contextlib.closing(sqlite3.connect(PATH, timeout=timeout, isolation_level=None))


def _enter(database, number):
    """Steps of one transaction; its pages are more than fit into SQLite's cache."""
    database.execute("PRAGMA cache_size = 2")
    yield database.execute("BEGIN IMMEDIATE")
    for table in ("debit", "credit"):
        yield database.execute(f"INSERT INTO {table} VALUES (?, zeroblob(20000))", (number,))
    yield database.execute("COMMIT")


def make(_query):
    with _connect() as database:
        for table in ("debit", "credit"):
            database.execute(f"CREATE TABLE IF NOT EXISTS {table} (number INTEGER, filler BLOB)")
    return "made"


def write(query):
    with _connect() as database:
        list(_enter(database, int(query)))
    return "written"


def impatient(query):
    """Reads, or writes, what must be had at once."""
    with _connect(0) as database:
        if query == "read":
            return str(database.execute("SELECT count(*) FROM debit").fetchone()[0])
        list(_enter(database, 0))
    return "written"


def check(_query):
    with _connect() as database:
        tables = [
            [number for (number,) in database.execute(f"SELECT number FROM {table} ORDER BY number")]
            for table in ("debit", "credit")
        ]
        integrity = database.execute("PRAGMA integrity_check").fetchone()[0]
    return json.dumps({"integrity": integrity, "equal": tables[0] == tables[1], "numbers": tables[0]})


def churn(_query):
    """Writes until it is stopped."""
    with _connect() as database:
        while True:
            list(_enter(database, -1))


def abort(query):
    """Crashes after so many steps of a transaction."""
    with _connect() as database:
        steps = _enter(database, -1)
        for _ in range(int(query)):
            next(steps)
        os.abort()


def hog(query):
    """The same by the memory that it takes: it goes on taking some while it handles the error."""
    with _connect() as database:
        steps = _enter(database, -1)
        for _ in range(int(query)):
            next(steps)
        kept = []
        while True:
            with contextlib.suppress(MemoryError):
                kept.append(bytes(1 << 20))


def hold(_query):
    """Reads, and goes on doing so until it is told to stop."""
    with _connect() as database:
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM debit").fetchone()
        yield b"reading"
        while not os.path.exists("/data/stop"):
            time.sleep(0.01)


def leave(_query):
    """Returns with a transaction open, and a connection that nobody closes."""
    _left.append(sqlite3.connect(PATH, isolation_level=None))
    next(_enter(_left[0], -1))
    return "left"


def hello(_query):
    return "hello"


_ACTIONS = (make, write, impatient, check, churn, abort, hog, hold, leave, hello)


def app(environ, start_response):
    action = {action.__name__: action for action in _ACTIONS}[environ["PATH_INFO"].strip("/")]
    status = "200 OK"
    try:
        said = action(environ["QUERY_STRING"])
    except sqlite3.Error as error:
        status, said = "500 Internal Server Error", f"{type(error).__name__}: {error}"
    start_response(status, [("Content-Type", "text/plain")])
    return [said.encode()] if isinstance(said, str) else said
