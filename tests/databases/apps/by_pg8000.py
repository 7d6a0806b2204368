"""PostgreSQL by pg8000, with a connection for each request."""

import pg8000.dbapi
import pg8000.native
from given import TIMEOUT, context, password, port, told


def connected(query, host="127.0.0.1", secret=None):
    return pg8000.native.Connection(
        "owner",
        host=host,
        port=port(query),
        database="postgres",
        password=secret or password(),
        ssl_context=context(query) or False,
        timeout=TIMEOUT,
    )


def protected(query):
    connection = connected(query)
    about = connection.run("select ssl, version from pg_stat_ssl where pid = pg_backend_pid()")
    kept = connection.run("select rolpassword from pg_authid where rolname = 'owner'")
    connection.close()
    return [about, kept[0][0].partition("$")[0]]


def types(query):
    connection = connected(query)
    connection.run(
        "create temporary table kept (number integer primary key, name text, body bytea, made date)"
    )
    for number in range(3):
        connection.run(
            "insert into kept values (:number, :name, :body, date '2026-11-29')",
            number=number,
            name=f"naïve ☂ {number}",
            body=bytes(range(256)),
        )
    rows = connection.run("select number, name, length(body), made from kept order by number desc")
    others = connection.run(
        "select array[1, 2, 3], '{\"a\": [1]}'::jsonb, 1.50::numeric, null, interval '1 hour'"
    )
    return [rows, others]


def large(query):
    connection = connected(query)
    rows = connection.run("select repeat('x', 1000) from generate_series(1, 5000)")
    sent = connection.run("select length(:it)", it="y" * 2_000_000)
    return [len(rows), sum(len(row[0]) for row in rows), sent]


def transaction(query):
    codes = []
    made = pg8000.dbapi.connect(
        "owner",
        host="127.0.0.1",
        port=port(query),
        password=password(),
        ssl_context=context(query) or False,
        database="postgres",
    )
    cursor = made.cursor()
    cursor.execute("create temporary table counted (value integer check (value < 3))")
    made.commit()
    for value in (1, 2, 3):
        try:
            cursor.execute("insert into counted values (%s)", (value,))
            made.commit()
        except pg8000.dbapi.DatabaseError as error:
            codes.append(error.args[0]["C"])
            made.rollback()
    cursor.execute("select sum(value) from counted")
    return [codes, cursor.fetchone()]


def left_behind(query):
    """What a request leaves in its session; the next one has another session."""
    connection = connected(query)
    left = connection.run("select current_setting('left.behind', true)")
    connection.run("select set_config('left.behind', 'by a request', false)")
    return left


def connecting(query):
    return connected(query).run("select 1")


def by_name(query):
    return connected(query, host="localhost").run("select 1")


def sleeping(query):
    connection = connected(query)
    connection._usock.settimeout(None)
    return connection.run("select pg_sleep(600)")


def waiting(query):
    """How many sessions sleep."""
    asked = "select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'"
    return connected(query).run(asked)[0][0]


def slow(query):
    """A query that takes longer than the driver waits."""
    return connected(query).run("select pg_sleep(600)")


def wrong_password(query):
    return connected(query, secret="wrong").run("select 1")


application = told(globals(), (pg8000.native.Error, OSError))
