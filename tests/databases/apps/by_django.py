"""Django over PostgreSQL by pg8000, or over MariaDB by PyMySQL (`DRIVER`)."""

import os

import django
import pymysql
from django.conf import settings
from given import TIMEOUT, context, password, secured, told

pymysql.install_as_MySQLdb()

ENGINES = {
    "postgresql": ("django_pg8000", "postgres", {"timeout": TIMEOUT}),
    "mysql": ("django.db.backends.mysql", "shop", {"connect_timeout": TIMEOUT, "read_timeout": TIMEOUT}),
}
SLEEP = {"postgresql": "select pg_sleep(600)", "mysql": "select sleep(600)"}[os.environ["DRIVER"]]
engine, name, options = ENGINES[os.environ["DRIVER"]]
DATABASE = {
    "ENGINE": engine,
    "NAME": name,
    "USER": "owner",
    "PASSWORD": password(),
    "HOST": "127.0.0.1",
    "PORT": os.environ["PORT"],
    "CONN_MAX_AGE": 0,
}
settings.configure(
    DATABASES={
        "default": DATABASE,
        "away": {**DATABASE, "PORT": 1},
        "stranger": {**DATABASE, "PASSWORD": "wrong"},
    },
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    SECRET_KEY="signs what the sessions keep",
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402 -- models want the settings
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import Error, IntegrityError, connections, models, transaction  # noqa: E402


def migrated(query):
    call_command("migrate", verbosity=0)
    with connections["default"].cursor() as cursor:
        cursor.execute("select count(*) from django_migrations")
        return cursor.fetchone()


def models_used(query):
    User.objects.all().delete()
    Group.objects.all().delete()
    group = Group.objects.create(name="readers")
    for name in ("Brontë", "Austen"):
        User.objects.create_user(name, password="read").groups.add(group)
    told = list(
        User.objects.filter(username__icontains="ONT", groups=group)
        .order_by("username")
        .values_list("username")
    )
    try:
        with transaction.atomic():
            Group.objects.create(name="written within a transaction")
            User.objects.create_user("Austen")
    except IntegrityError:
        told.append("kept once")
    told.append(Group.objects.aggregate(many=models.Count("user"), groups=models.Count("id", distinct=True)))
    told.append(User.objects.get(username="Brontë").check_password("read"))
    return told


def session(query):
    kept = SessionStore()
    kept["basket"] = ["Villette", "☂"]
    kept.save()
    return SessionStore(kept.session_key)["basket"]


def asked(alias):
    def way(query):
        with connections[alias].cursor() as cursor:
            return cursor.execute("select 1")

    return way


def slow(query):
    with connections["default"].cursor() as cursor:
        cursor.execute(SLEEP)


connecting, wrong_password = asked("away"), asked("stranger")
answer = told(globals(), (Error, OSError))


def tls(query):
    """What each driver calls its option."""
    if os.environ["DRIVER"] == "postgresql":
        return {"ssl_context": context(query) or False}
    return {"ssl": context(query), "ssl_disabled": not secured(query)}


def application(environ, start_response):
    # The query says for each request whether it wants TLS, which settings say once.
    for alias in connections:
        connections[alias].settings_dict["OPTIONS"] = {**options, **tls(environ["QUERY_STRING"])}
    try:
        return answer(environ, start_response)
    finally:
        connections.close_all()
