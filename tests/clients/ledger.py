"""A native program beside the ledger of tests/apps/ledger.py: python ledger.py FILE read|write COUNT FIRST

Prints what it met, as JSON. `wal` makes a database in WAL mode, `plain` one without; `hold` prints what is in
it, and keeps it open until standard input ends.
"""

import collections
import json
import sqlite3
import sys
import time

path, action, *numbers = sys.argv[1:]
seen = collections.Counter()


def attempt(number):
    database = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        if action == "write":
            database.execute("BEGIN IMMEDIATE")
            for table in ("debit", "credit"):
                database.execute(f"INSERT INTO {table} VALUES (?, zeroblob(20000))", (number,))
            database.execute("COMMIT")
        else:
            database.execute("SELECT count(*) FROM debit").fetchone()
        seen["ok"] += 1
    except sqlite3.Error as error:
        seen[str(error)] += 1
    database.close()


if action in ("read", "write"):
    count, first = map(int, numbers)
    for number in range(first, first + count):
        attempt(number)
        time.sleep(0.005)
elif action == "hold":
    database = sqlite3.connect(path)
    print(*(name for (name,) in database.execute("SELECT name FROM item")), flush=True)
    sys.stdin.read()
    sys.exit()
else:
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA journal_mode = {'wal' if action == 'wal' else 'delete'}")
    database.execute("CREATE TABLE item (name TEXT)")
    database.execute("INSERT INTO item VALUES ('apple')")
    database.commit()
    database.close()
print(json.dumps(seen))
