"""SQLAlchemy over pg8000 or PyMySQL (`DRIVER`), without a pool: connections end with a request."""

import os

import sqlalchemy.exc
from given import TIMEOUT, context, password, port, secured, told
from sqlalchemy import URL, ForeignKey, NullPool, create_engine, func, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

#: What each driver calls its options: TLS, the timeouts of connecting and of waiting.
OPTIONS = {
    "postgresql+pg8000": lambda query: {"ssl_context": context(query) or False, "timeout": TIMEOUT},
    "mysql+pymysql": lambda query: {
        "ssl": context(query),
        "ssl_disabled": not secured(query),
        "connect_timeout": TIMEOUT,
        "read_timeout": TIMEOUT,
    },
}
DATABASE = {"postgresql+pg8000": "postgres", "mysql+pymysql": "shop"}
SLEEP = {"postgresql+pg8000": "select pg_sleep(600)", "mysql+pymysql": "select sleep(600)"}


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sqlalchemy.String(80), unique=True)
    books: Mapped[list["Book"]] = relationship(back_populates="author", cascade="all, delete-orphan")


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sqlalchemy.String(80))
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")


def engine(query, secret=None):
    driver = os.environ["DRIVER"]
    address = {"host": "127.0.0.1", "port": port(query), "database": DATABASE[driver]}
    url = URL.create(driver, "owner", secret or password(), **address)
    return create_engine(url, poolclass=NullPool, connect_args=OPTIONS[driver](query))


def relations(query):
    made = engine(query)
    Base.metadata.drop_all(made)
    Base.metadata.create_all(made)
    with Session(made) as session, session.begin():
        session.add(Author(name="Brontë", books=[Book(title="Jane Eyre"), Book(title="Villette")]))
    with Session(made) as session:
        counted = select(Author.name, func.count(Book.id)).join(Author.books).group_by(Author.name)
        rows = [list(row) for row in session.execute(counted)]
        session.add(Author(name="Brontë"))
        try:
            session.commit()
        except sqlalchemy.exc.IntegrityError:
            session.rollback()
            rows.append("kept once")
        session.delete(session.scalars(select(Author)).one())
        session.commit()
        return [*rows, session.scalar(select(func.count(Book.id)))]


def sessions(query):
    """How many sessions the server has for all requests so far, this one's among them."""
    with engine(query).connect() as connection:
        return connection.scalar(text("select count(*) from pg_stat_activity where usename = 'owner'"))


def connecting(query):
    with engine(query).connect() as connection:
        return connection.scalar(text("select 1"))


def slow(query):
    with engine(query).connect() as connection:
        return connection.scalar(text(SLEEP[os.environ["DRIVER"]]))


def wrong_password(query):
    with engine(query, "wrong").connect() as connection:
        return connection.scalar(text("select 1"))


application = told(globals(), (sqlalchemy.exc.SQLAlchemyError, OSError))
