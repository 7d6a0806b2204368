"""Waits beyond its deadline as the path names it; a file of that name in /data tells what it did."""

import queue
import select
import sqlite3
import threading
import time

_LONG = 3600


class _Notes:
    """A context manager, as those that roll back."""

    def __init__(self, way):
        self._path = f"/data/{way}"

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        how = f"{kind.__module__}.{kind.__name__}: {error}, {error.reason}" if kind else "nothing"
        self.write(f"left by {how}")

    def write(self, text):
        with open(self._path, "a") as file:
            print(text, file=file)


def _sleep(notes, environ):
    time.sleep(_LONG)


def _select(notes, environ):
    select.select([], [], [], _LONG)


def _event(notes, environ):
    threading.Event().wait(_LONG)


def _queue(notes, environ):
    queue.Queue().get(timeout=_LONG)


def _read(notes, environ):
    environ["wsgi.input"].read()


def _broken(notes, environ):
    try:
        environ["wsgi.input"].read()
    except OSError:
        notes.write("OSError")
    time.sleep(_LONG)


def _nap(notes, environ):
    time.sleep(0.1)


def _log(notes, environ):
    try:
        time.sleep(_LONG)
    finally:
        print("printed all the same")
        environ["wsgi.errors"].write("logged all the same\n")


def _catch(notes, environ):
    try:
        time.sleep(_LONG)
    except Exception:
        notes.write("caught")


def _swallow(notes, environ):
    try:
        time.sleep(_LONG)
    except BaseException:
        pass
    notes.write("went on")


def _insist(notes, environ):
    for _ in range(5):
        try:
            time.sleep(_LONG)
        except BaseException:
            pass
    notes.write("went on")


def _clean_up(notes, environ):
    try:
        time.sleep(_LONG)
    finally:
        try:
            time.sleep(_LONG)
        except BaseException as error:
            notes.write(type(error).__name__)
        notes.write("cleaned up")


def _database():
    database = sqlite3.connect("/data/ended.sqlite")
    database.execute("CREATE TABLE IF NOT EXISTS orders (way)")
    return database


def _commit(notes, environ):
    database = _database()
    database.execute("INSERT INTO orders VALUES ('commit')")
    time.sleep(_LONG)
    database.commit()


def _transaction(notes, environ):
    with _database() as database:
        database.execute("INSERT INTO orders VALUES ('transaction')")
        time.sleep(_LONG)


def _commit_all_the_same(notes, environ):
    database = _database()
    database.execute("INSERT INTO orders VALUES ('swallow')")
    try:
        time.sleep(_LONG)
    except BaseException:
        pass
    database.commit()


_WAYS = {
    "sleep": _sleep,
    "select": _select,
    "event": _event,
    "queue": _queue,
    "read": _read,
    "broken": _broken,
    "nap": _nap,
    "log": _log,
    "catch": _catch,
    "swallow": _swallow,
    "insist": _insist,
    "clean-up": _clean_up,
    "commit": _commit,
    "transaction": _transaction,
    "commit-all-the-same": _commit_all_the_same,
}


class _Body:
    """Does it all within the iteration, as what an application does after its first block."""

    def __init__(self, way, environ):
        self._way, self._environ, self._notes = way, environ, _Notes(way)

    def __iter__(self):
        return self

    def __next__(self):
        with self._notes as notes:
            print("waiting", self._way)
            _WAYS[self._way](notes, self._environ)
            notes.write("went on")
        return b"more"

    def close(self):
        self._notes.write("closed")
        print("closed", self._way)


def _orders():
    return str(_database().execute("SELECT count(*) FROM orders").fetchone()[0]).encode()


def _endless(start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    with _Notes("write") as notes:
        while True:
            try:
                write(b"x" * 65536)
            except Exception as error:
                notes.write(type(error).__name__)
                break


def app(environ, start_response):
    way = environ["PATH_INFO"].strip("/")
    if way == "write":
        return _endless(start_response)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [_orders()] if way == "orders" else _Body(way, environ)
