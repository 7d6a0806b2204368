"""Makes shop.sqlite3 beside it, with the table that the model describes and 100 rows."""

import sqlite3
from pathlib import Path

path = Path(__file__).with_name("shop.sqlite3")
path.unlink(missing_ok=True)
with sqlite3.connect(path) as database:
    database.execute(
        "CREATE TABLE shop_item (id integer PRIMARY KEY, name varchar(80) NOT NULL, price real NOT NULL)"
    )
    database.execute("CREATE INDEX shop_item_price ON shop_item (price)")
    rows = [(f"Item {number}", number * 1.25) for number in range(100)]
    database.executemany("INSERT INTO shop_item (name, price) VALUES (?, ?)", rows)
database.close()
