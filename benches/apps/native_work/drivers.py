"""The typical work of drivers of PostgreSQL, one of them in Python alone; variables name the server."""

import os

import pg8000.dbapi
import psycopg
import psycopg2
from timed import measuring

MANY = "select n, n::text, n / 7.0, now() from generate_series(1, 1000) n"
# By driver, as it is first used.
_connections = {}


def by_pg8000():
    about = {name: os.environ[f"PG{name.upper()}"] for name in ("host", "user", "password")}
    return pg8000.dbapi.connect(port=int(os.environ["PGPORT"]), database="postgres", **about)


DRIVERS = {
    "psycopg": lambda: psycopg.connect(""),
    "psycopg2": lambda: psycopg2.connect(""),
    "pg8000": by_pg8000,
}


def connection(driver):
    if driver not in _connections:
        _connections[driver] = DRIVERS[driver]()
    return _connections[driver]


def rows(driver):
    cursor = connection(driver).cursor()
    cursor.execute(MANY)
    return cursor.fetchall()


def queries(driver):
    cursor = connection(driver).cursor()
    for number in range(100):
        cursor.execute("select %s::int + 1, %s::text", (number, "a word"))
        cursor.fetchone()


def connected(driver):
    DRIVERS[driver]().close()


WORK = {
    f"{driver}: {text}": lambda driver=driver, work=work: work(driver)
    for driver in DRIVERS
    for text, work in (("1000 rows", rows), ("100 queries", queries), ("connect, log in", connected))
}

WORK["psycopg: connect, log in by TLS"] = lambda: psycopg.connect("sslmode=require").close()

app = measuring(WORK)
