"""Makes data/shop.sqlite3 beside it, with 100 rows."""

import sqlite3
from pathlib import Path

path = Path(__file__).with_name("data") / "shop.sqlite3"
path.parent.mkdir(exist_ok=True)
path.unlink(missing_ok=True)
with sqlite3.connect(path) as database:
    database.execute("CREATE TABLE item (id integer PRIMARY KEY, name text NOT NULL, price real NOT NULL)")
    database.execute("CREATE INDEX item_price ON item (price)")
    rows = [(f"Item {number}", number * 1.25) for number in range(100)]
    database.executemany("INSERT INTO item (name, price) VALUES (?, ?)", rows)
database.close()
