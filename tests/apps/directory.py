"""What a request can do with /data, a directory that the host may have granted."""

import json
import os
import sqlite3


def _attempt(action):
    try:
        return action()
    except Exception as error:
        return type(error).__name__


def _read(path):
    with open(path) as file:
        return file.read()


def _append():
    with open("/data/visits", "a") as file:
        file.write("x")
    return len(_read("/data/visits"))


def _relative():
    os.chdir("/data")
    return _read("note.txt")


def _database():
    database = sqlite3.connect("/data/visits.sqlite")
    with database:
        database.execute("CREATE TABLE IF NOT EXISTS visits (number INTEGER)")
        database.execute("INSERT INTO visits VALUES (1)")
    return database.execute("SELECT count(*) FROM visits").fetchone()[0]


_ACTIONS = {
    "list": lambda: sorted(os.listdir("/data")),
    "read": lambda: _read("/data/note.txt"),
    "read relative": _relative,
    "read by .. inside": lambda: _read("/data/sub/../note.txt"),
    "read by .. outside": lambda: _read("/data/../secret.txt"),
    "read by a link inside": lambda: _read("/data/inside"),
    "read by a link outside": lambda: _read("/data/outside"),
    "make a link outside": lambda: os.symlink("/etc/passwd", "/data/made"),
    "append": _append,
    "database": _database,
    "move out": lambda: os.rename("/data/note.txt", "/tmp/note.txt"),
}


def app(environ, start_response):
    seen = {name: _attempt(action) for name, action in _ACTIONS.items()}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]
