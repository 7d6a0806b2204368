"""PostgreSQL by psycopg's part in C; the query string names the server, the body is who certifies it."""

import asyncio
import contextlib
import datetime
import decimal
import ipaddress
import select
import uuid

import psycopg
from by_connection import by_connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg.types.range import Range
from psycopg_pool import ConnectionPool

# It connects when it is opened.
pool = ConnectionPool(open=False, min_size=1, max_size=2)

try:
    psycopg.connect("host=127.0.0.1 user=owner")
    AT_IMPORT = ""
except psycopg.OperationalError as error:
    AT_IMPORT = str(error)

VALUES = [
    (True, "bool"),
    (-(2**31), "int4"),
    (2**63 - 1, "int8"),
    (0.1, "float8"),
    (float("-inf"), "float8"),
    (decimal.Decimal("123456789012345678901234567890.000000001"), "numeric"),
    (decimal.Decimal("NaN"), "numeric"),
    ("naïve ☂", "text"),
    (bytes(range(256)), "bytea"),
    (Jsonb({"a": [1, None, "ü"]}), "jsonb"),
    (datetime.date(2026, 11, 30), "date"),
    (datetime.time(12, 30, 15, 123456), "time"),
    (datetime.datetime(2026, 11, 30, 12, 0, 0, 5, datetime.UTC), "timestamptz"),
    (datetime.datetime(1, 1, 1), "timestamp"),
    (datetime.timedelta(days=-3, microseconds=7), "interval"),
    (uuid.UUID(int=2**127 + 5), "uuid"),
    (ipaddress.ip_network("10.0.0.0/8"), "cidr"),
    (Range(1, 5), "int4range"),
    ([1, None, 3], "int4[]"),
    ([["a", 'b"'], ["c,", "{}"]], "text[]"),
    ([decimal.Decimal("1.5")], "numeric[]"),
    (None, "text"),
]


def types(connection):
    connection.execute("set time zone 'Europe/Berlin'")
    found = []
    for binary in (False, True):
        for value, kind in VALUES:
            cursor = connection.cursor(binary=binary)
            one = cursor.execute(f"select %s::{kind}", (value,)).fetchone()[0]
            found.append([kind, repr(one), cursor.description[0].type_display])
    return found


def rows(connection):
    cursor = connection.cursor(row_factory=dict_row)
    cursor.execute("select n, n * n as square from generate_series(1, 1000) n")
    return [cursor.rowcount, cursor.fetchone(), cursor.fetchmany(2), len(cursor.fetchall())]


def large(connection):
    text = connection.execute("select %s || repeat('x', 5000000)", ("y" * 5_000_000,)).fetchone()[0]
    return [len(text), text.count("x")]


def fail():
    raise ZeroDivisionError


def transactions(connection):
    connection.execute("create temp table stock (n int primary key)")
    connection.commit()
    with connection.transaction():
        connection.execute("insert into stock values (1)")
        with contextlib.suppress(ZeroDivisionError), connection.transaction():
            connection.execute("insert into stock values (2)")
            fail()
    connection.execute("insert into stock values (3)")
    connection.rollback()
    return connection.execute("select n from stock").fetchall()


def copied(connection):
    connection.execute("create temp table copied (n int, word text)")
    cursor = connection.cursor()
    with cursor.copy("copy copied from stdin") as copy:
        for n in range(20_000):
            copy.write_row((n, f"wörd\t{n}"))
    with cursor.copy("copy copied to stdout (format binary)") as copy:
        copy.set_types(["int4", "text"])
        back = list(copy.rows())
    return [len(back), back[-1], sum(n for n, _ in back)]


def errors(connection):
    connection.autocommit = True
    connection.execute("create temp table one (n int primary key check (n > 0))")
    found = []
    for statement in (
        "insert into one values (1), (1)",
        "insert into one values (-1)",
        "select 1 / 0",
        "select nothing",
        "select 1 +",
        "set statement_timeout = 50; select pg_sleep(20)",
    ):
        try:
            connection.execute(statement)
        except psycopg.Error as error:
            about = error.diag
            found.append([type(error).__name__, error.sqlstate, str(error), about.constraint_name])
    return [found, connection.info.transaction_status.name]


def killed(connection):
    try:
        connection.execute("select pg_terminate_backend(pg_backend_pid()), pg_sleep(60)")
    except psycopg.OperationalError as error:
        return [type(error).__name__, str(error), connection.broken]


def sleeping(connection):
    connection.execute("select pg_sleep(600)")


def cursors(connection):
    with connection.cursor(name="many") as cursor:
        cursor.itersize = 100
        cursor.execute("select n from generate_series(1, 1000) n")
        total = sum(n for (n,) in cursor)
    with connection.cursor(name="there and back", scrollable=True) as cursor:
        cursor.execute("select n from generate_series(1, 10) n")
        cursor.scroll(8)
        last = cursor.fetchone()
        cursor.scroll(-5)
        moved = [last, cursor.fetchone()]
    streamed = connection.cursor().stream("select generate_series(1, 500)", size=7)
    return [total, moved, sum(n for (n,) in streamed)]


def pipelined(connection):
    connection.execute("create temp table many (n int)")
    with connection.pipeline():
        cursor = connection.cursor()
        cursor.executemany("insert into many values (%s)", [(n,) for n in range(300)])
        connection.execute("insert into many values (1000)", prepare=True)
        found = connection.execute("select count(*), sum(n) from many")
    return found.fetchone()


def notified(connection):
    connection.autocommit = True
    connection.execute("listen news")
    connection.execute("notify news, 'it works'")
    return [note.payload for note in connection.notifies(timeout=20, stop_after=1)]


def results(connection):
    return iter(connection.pgconn.get_result, None)


def waited(connection):
    """What libpq has is a socket of Python's."""
    connection.pgconn.send_query(b"select pg_sleep(0.1), 7")
    ready = select.select([connection.fileno()], [], [], 20)[0]
    return [ready == [connection.fileno()], *(one.get_value(0, 1).decode() for one in results(connection))]


# It says when it has begun, as nothing can be cancelled before.
LONG = "do $$ begin raise notice 'begun'; perform pg_sleep(60); end $$"


def cancelled(connection):
    connection.autocommit = True
    connection.pgconn.send_query(LONG.encode())
    select.select([connection.fileno()], [], [], 20)
    connection.cancel_safe(timeout=20)
    return [one.error_message.decode() for one in results(connection)]


def secured(connection):
    about = connection.execute("select ssl, version from pg_stat_ssl where pid = pg_backend_pid()").fetchone()
    return [about, connection.pgconn.ssl_in_use]


def awaited(connection):
    async def both():
        async with await psycopg.AsyncConnection.connect(where(connection)) as one:
            return [await (await one.execute("select %s + 1", (n,))).fetchone() for n in range(3)]

    return asyncio.run(both())


def pooled(connection):
    pool.conninfo = where(connection)
    with pool, pool.connection() as one, pool.connection() as other:
        found = [each.execute("select pg_backend_pid()").fetchone() for each in (one, other)]
    return [len(set(found)), pool.closed]


def where(connection):
    return connection.info.dsn + f" password='{connection.info.password}'"


app = by_connection(psycopg.connect, psycopg.OperationalError, AT_IMPORT, globals())
