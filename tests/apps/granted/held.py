"""Opens files of a granted directory at import, and goes on with them in each request."""

import os
import sqlite3

os.makedirs("/data/store", exist_ok=True)
DATABASE = sqlite3.connect("/data/store/app.db", isolation_level=None)
DATABASE.execute("create table if not exists visits (path text)")
LOG = open("/data/log", "a")  # noqa: SIM115 (it stays open)
LOG.write("imported\n")
TEXT = open("/data/text")  # noqa: SIM115 (the same)
FIRST = TEXT.readline()
FOLDER = os.dup(os.open("/data/store", os.O_RDONLY))


def application(environ, start_response):
    path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/read":
        return [f"{FIRST.strip()}, {TEXT.readline().strip()}".encode()]
    if path == "/visit":
        DATABASE.execute("insert into visits values (?)", (path,))
        print("visited", file=LOG, flush=True)
        os.fstat(FOLDER)
    count = DATABASE.execute("select count(*) from visits").fetchone()[0]
    return [f"{count} visits".encode()]
