"""MariaDB by PyMySQL, with a connection for each request."""

import pymysql
from given import TIMEOUT, context, password, port, secured, told


def connected(query, host="127.0.0.1", secret=None):
    return pymysql.connect(
        host=host,
        port=port(query),
        user="owner",
        password=secret or password(),
        database="shop",
        ssl=context(query),
        ssl_disabled=not secured(query),
        connect_timeout=TIMEOUT,
        read_timeout=TIMEOUT,
        write_timeout=TIMEOUT,
    )


def protected(query):
    with connected(query) as connection, connection.cursor() as cursor:
        cursor.execute("show status like 'Ssl_version'")
        version = cursor.fetchone()[1]
        cursor.execute("select plugin from mysql.user where user = 'owner'")
        return [version, cursor.fetchone()[0]]


def types(query):
    with connected(query) as connection, connection.cursor() as cursor:
        cursor.execute(
            "create temporary table kept"
            " (number int primary key, name text, body blob, made date, price decimal(5, 2))"
        )
        rows = [(number, f"naïve ☂ {number}", bytes(range(256)), "2026-11-29", "1.50") for number in range(3)]
        cursor.executemany("insert into kept values (%s, %s, %s, %s, %s)", rows)
        cursor.execute("select number, name, length(body), made, price from kept order by number desc")
        return cursor.fetchall()


def large(query):
    with connected(query) as connection, connection.cursor() as cursor:
        cursor.execute("select repeat('x', 1000) from seq_1_to_5000")
        rows = cursor.fetchall()
        cursor.execute("select length(%s)", ("y" * 2_000_000,))
        return [len(rows), sum(len(row[0]) for row in rows), cursor.fetchone()]


def transaction(query):
    codes = []
    with connected(query) as connection, connection.cursor() as cursor:
        cursor.execute("create temporary table counted (value int check (value < 3)) engine=innodb")
        for value in (1, 2, 3):
            try:
                cursor.execute("insert into counted values (%s)", (value,))
                connection.commit()
            except pymysql.MySQLError as error:
                codes.append(error.args[0])
                connection.rollback()
        cursor.execute("select sum(value) from counted")
        return [codes, cursor.fetchone()]


def left_behind(query):
    """What a request leaves in its session; the next one has another session."""
    with connected(query) as connection, connection.cursor() as cursor:
        cursor.execute("select @left")
        left = cursor.fetchone()
        cursor.execute("set @left = 'by a request'")
        return left


def connecting(query):
    with connected(query):
        return "connected"


def by_name(query):
    with connected(query, host="localhost"):
        return "connected"


def slow(query):
    """A query that takes longer than the driver waits."""
    with connected(query) as connection, connection.cursor() as cursor:
        return cursor.execute("select sleep(600)")


def waiting(query):
    """How many sessions sleep."""
    with connected(query) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from information_schema.processlist where state = 'User sleep'")
        return cursor.fetchone()[0]


def sleeping(query):
    with connected(query) as connection, connection.cursor() as cursor:
        connection._read_timeout = None
        return cursor.execute("select sleep(600)")


def wrong_password(query):
    return connected(query, secret="wrong")


application = told(globals(), (pymysql.MySQLError, OSError))
