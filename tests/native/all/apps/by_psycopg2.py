"""PostgreSQL by psycopg2; the query string names the server, the body is who certifies it."""

import contextlib
import datetime
import decimal
import io
import select
import uuid

import psycopg2
from by_connection import by_connection
from psycopg2 import extensions, extras, pool, sql

extras.register_uuid()

try:
    psycopg2.connect("host=127.0.0.1 user=owner")
    AT_IMPORT = ""
except psycopg2.OperationalError as error:
    AT_IMPORT = str(error)

VALUES = [
    (True, "bool"),
    (2**31 - 1, "int4"),
    (2**63 - 1, "int8"),
    (0.1, "float8"),
    (float("-inf"), "float8"),
    (decimal.Decimal("123456789012345678901234567890.000000001"), "numeric"),
    ("naïve ☂", "text"),
    (bytes(range(256)), "bytea"),
    (extras.Json({"a": [1, None, "ü"]}), "jsonb"),
    (datetime.date(2026, 11, 30), "date"),
    (datetime.time(12, 30, 15, 123456), "time"),
    (datetime.datetime(2026, 11, 30, 12, 0, 0, 5, datetime.UTC), "timestamptz"),
    (datetime.datetime(1, 1, 1), "timestamp"),
    (datetime.timedelta(days=-3, microseconds=7), "interval"),
    (uuid.UUID(int=2**127 + 5), "uuid"),
    (extras.NumericRange(1, 5), "int4range"),
    ([1, None, 3], "int4[]"),
    ([["a", 'b"'], ["c,", "{}"]], "text[]"),
    ([decimal.Decimal("1.5")], "numeric[]"),
    (None, "text"),
]


def one(connection, statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def types(connection):
    one(connection, "select set_config('timezone', 'Europe/Berlin', false)")
    found = []
    for value, kind in VALUES:
        back = one(connection, f"select %s::{kind}", value)[0]
        found.append([kind, repr(bytes(back) if isinstance(back, memoryview) else back)])
    return found


def rows(connection):
    cursor = connection.cursor(cursor_factory=extras.RealDictCursor)
    cursor.execute("select n, n * n as square from generate_series(1, 1000) n")
    return [cursor.rowcount, cursor.fetchone(), cursor.fetchmany(2), len(cursor.fetchall())]


def large(connection):
    text = one(connection, "select %s || repeat('x', 5000000)", "y" * 5_000_000)[0]
    return [len(text), text.count("x")]


def fail():
    raise ZeroDivisionError


def transactions(connection):
    cursor = connection.cursor()
    cursor.execute("create temp table stock (n int primary key)")
    connection.commit()
    with connection:
        cursor.execute("insert into stock values (1)")
    with contextlib.suppress(ZeroDivisionError), connection:
        cursor.execute("insert into stock values (2)")
        fail()
    cursor.execute("insert into stock values (3)")
    connection.rollback()
    cursor.execute("select n from stock")
    return cursor.fetchall()


def copied(connection):
    cursor = connection.cursor()
    cursor.execute("create temp table copied (n int, word text)")
    cursor.copy_expert(
        "copy copied from stdin", io.StringIO("".join(f"{n}\twörd {n}\n" for n in range(20_000)))
    )
    back = io.StringIO()
    cursor.copy_to(back, "copied")
    inserted = extras.execute_values(
        cursor, "insert into copied values %s returning n", [(1, "a"), (2, "b")], fetch=True
    )
    return [len(back.getvalue()), back.getvalue()[-20:], inserted]


def errors(connection):
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("create temp table one (n int primary key check (n > 0))")
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
            cursor.execute(statement)
        except psycopg2.Error as error:
            found.append([type(error).__name__, error.pgcode, str(error), error.diag.constraint_name])
    return [found, connection.get_transaction_status()]


def killed(connection):
    try:
        one(connection, "select pg_terminate_backend(pg_backend_pid()), pg_sleep(60)")
    except psycopg2.OperationalError as error:
        return [type(error).__name__, str(error), connection.closed]


def sleeping(connection):
    one(connection, "select pg_sleep(600)")


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
    table = sql.SQL("select count(*) from {}").format(sql.Identifier("pg_catalog", "pg_am"))
    return [total, moved, one(connection, table)[0] > 0]


def notified(connection):
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("listen news")
    cursor.execute("notify news, 'it works'")
    while not connection.notifies:
        select.select([connection], [], [], 20)
        connection.poll()
    return [note.payload for note in connection.notifies]


def wait(connection):
    """As green threads and event loops wait."""
    kinds = {extensions.POLL_READ: 0, extensions.POLL_WRITE: 1}
    while (state := connection.poll()) != extensions.POLL_OK:
        wanted = [[], [], []]
        wanted[kinds[state]].append(connection.fileno())
        select.select(*wanted, 20)


def waited(connection):
    other = psycopg2.connect(where(connection), async_=1)
    wait(other)
    cursor = other.cursor()
    cursor.execute("select pg_sleep(0.1), 7")
    wait(other)
    return cursor.fetchone()


# It says when it has begun, as nothing can be cancelled before.
LONG = "do $$ begin raise notice 'begun'; perform pg_sleep(60); end $$"


def cancelled(connection):
    other = psycopg2.connect(where(connection), async_=1)
    wait(other)
    cursor = other.cursor()
    cursor.execute(LONG)
    select.select([other], [], [], 20)
    other.cancel()
    try:
        wait(other)
    except psycopg2.Error as error:
        return [type(error).__name__, str(error)]
    return cursor.fetchone()


def secured(connection):
    about = one(connection, "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()")
    return [about, connection.info.ssl_in_use, connection.info.ssl_attribute("protocol")]


def pooled(connection):
    kept = pool.SimpleConnectionPool(1, 2, where(connection))
    found = [one(kept.getconn(), "select pg_backend_pid()") for _ in range(2)]
    kept.closeall()
    return [len(set(found)), kept.closed]


def where(connection):
    return connection.dsn.replace("password=xxx", f"password='{connection.info.password}'")


app = by_connection(psycopg2.connect, psycopg2.OperationalError, AT_IMPORT, globals())
