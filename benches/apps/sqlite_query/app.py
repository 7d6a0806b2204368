"""One query from SQLite in a granted directory, which other requests may write to: each request opens it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

DATABASE = Path(__file__).with_name("data") / "shop.sqlite3"


def app(environ, start_response):
    with closing(sqlite3.connect(DATABASE)) as database:
        rows = database.execute("SELECT name, price FROM item ORDER BY price LIMIT 10").fetchall()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps([{"name": name, "price": price} for name, price in rows]).encode()]
