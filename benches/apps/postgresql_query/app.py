"""A page of Flask with one query from PostgreSQL: by SQLAlchemy over pg8000, pg8000, or without one (`BY`).

Where `POOL` says so, the process keeps connections for its next requests, as native servers do. A sandbox
cannot: each request connects.
"""

import contextlib
import os

import pg8000.native
from flask import Flask, render_template_string
from sqlalchemy import NullPool, QueuePool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

PAGE = "<table>{% for name, price in items %}<tr><td>{{ name }}<td>{{ price }}{% endfor %}</table>"
QUERY = "select name, price from item order by price limit 10"

url = make_url(os.environ["DATABASE"])
engine = create_engine(
    url, poolclass=QueuePool if os.environ.get("POOL") else NullPool, connect_args={"ssl_context": False}
)
app = Flask(__name__)


def by_sqlalchemy():
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(QUERY))]


def by_pg8000():
    to = {"host": url.host, "port": url.port, "database": url.database, "ssl_context": False}
    with pg8000.native.Connection(url.username, password=url.password, **to) as connection:
        return connection.run(QUERY)


def by_nothing():
    """No query: what is left of a page when connections cost nothing."""
    return [(f"Item {number}", number * 1.25) for number in range(10)]


rows = {"pg8000": by_pg8000, "sqlalchemy": by_sqlalchemy, "nothing": by_nothing}[os.environ["BY"]]


@app.get("/")
def items():
    return render_template_string(PAGE, items=rows())


@app.get("/warm")
def warm():
    """Does what the page does as far as there is no network, as at the build of a component."""
    with contextlib.suppress(pg8000.native.Error, SQLAlchemyError):
        rows()
    return render_template_string(PAGE, items=[("made up", 1)])
