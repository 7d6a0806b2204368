"""Django and SQLAlchemy over PostgreSQL, by psycopg or psycopg2 (`DRIVER`)."""

import json
import os
import sys

import django
from django.conf import settings

DRIVER = os.environ["DRIVER"]
if DRIVER == "psycopg2":
    # Which Django takes where it is.
    sys.modules["psycopg"] = None

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "owner",
            "PASSWORD": os.environ["PASSWORD"],
            "HOST": "127.0.0.1",
            "PORT": os.environ["PORT"],
        }
    },
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    USE_TZ=True,
)
django.setup()

import sqlalchemy  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402 -- models want the settings
from django.core.management import call_command  # noqa: E402
from django.db import IntegrityError, connection, models, transaction  # noqa: E402
from sqlalchemy import orm  # noqa: E402


def migrated():
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("select app, name from django_migrations order by id")
        return cursor.fetchall()


def kept():
    User.objects.all().delete()
    Group.objects.all().delete()
    group = Group.objects.create(name="readers")
    for name in ("Brontë", "Austen"):
        User.objects.create_user(name, password="read").groups.add(group)
    told = list(User.objects.order_by("username").values_list("username", "groups__name", "is_active"))
    total = User.objects.aggregate(count=models.Count("id"), last=models.Max("username"))
    return [connection.Database.__name__, told, total, connection.pg_version > 0]


def rolled_back():
    try:
        with transaction.atomic():
            Group.objects.create(name="twice")
            with transaction.atomic():
                Group.objects.create(name="twice")
    except IntegrityError as error:
        return [type(error.__cause__).__name__, Group.objects.filter(name="twice").count()]


def many():
    Group.objects.all().delete()
    Group.objects.bulk_create(Group(name=f"group {number}") for number in range(1000))
    names = [group.name for group in Group.objects.order_by("id").iterator(chunk_size=100)]
    return [len(names), names[-1], Group.objects.filter(name__iregex="^GROUP 99").count()]


class Base(orm.DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "book"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    about: orm.Mapped[dict] = orm.mapped_column(sqlalchemy.JSON)


ENGINE = sqlalchemy.create_engine(
    sqlalchemy.URL.create(
        f"postgresql+{DRIVER}",
        "owner",
        os.environ["PASSWORD"],
        "127.0.0.1",
        int(os.environ["PORT"]),
        "postgres",
    ),
    poolclass=sqlalchemy.NullPool,
)


def mapped():
    Base.metadata.drop_all(ENGINE)
    Base.metadata.create_all(ENGINE)
    with orm.Session(ENGINE) as session:
        session.add_all([Book(about={"title": "Villette", "pages": number}) for number in range(100)])
        session.commit()
        pages = Book.about["pages"].as_integer()
        return [session.scalar(sqlalchemy.select(sqlalchemy.func.sum(pages))), session.query(Book).count()]


WORK = {work.__name__: work for work in (migrated, kept, rolled_back, many, mapped)}


def app(environ, start_response):
    try:
        body = json.dumps(WORK[environ["PATH_INFO"][1:]](), default=str)
    finally:
        connection.close()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body.encode()]
