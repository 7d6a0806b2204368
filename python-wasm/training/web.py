"""Requests to applications: without a framework, in Flask, in Django."""

import contextlib
import datetime
import io
import json
import logging
from wsgiref.util import setup_testing_defaults

import django
import flask
from django.conf import settings
from rows import ROWS

PAGE = """<!doctype html><title>{{ title }}</title>
{% macro cell(value) %}<td class="{{ loop_class }}">{{ value }}</td>{% endmacro %}
<table>{% for row in rows %}
<tr{% if loop.index is divisibleby 3 %} class="third"{% endif %}><td>{{ row.name }}</td>
{{ cell(row.price|round(2)) }}
<td>{% if row.tags %}{{ row.tags|join(", ") }}{% else %}none{% endif %}</td></tr>
{%- endfor %}</table>
<a href="{{ url_for("item", number=7) }}">{{ title|upper }}</a>"""


class Client:
    """Asks a WSGI application as a server does."""

    def __init__(self, application):
        self._application = application
        self._cookie = ""

    def ask(self, method, target, body=b"", kind="", status=200):
        path, _, query = target.partition("?")
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
        setup_testing_defaults(environ)
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body))}
        environ |= {"HTTP_COOKIE": self._cookie, "HTTP_ACCEPT": "*/*", "HTTP_USER_AGENT": "training/1.0"}
        told = {}

        def start_response(line, headers, exc_info=None):
            told["code"] = int(line.split(" ", 1)[0])
            told["headers"] = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            cookies = [value for name, value in headers if name.lower() == "set-cookie"]
            self._cookie = "; ".join(value.partition(";")[0] for value in cookies) or self._cookie

        answer = self._application(environ, start_response)
        with contextlib.closing(answer) if hasattr(answer, "close") else contextlib.nullcontext():
            whole = b"".join(answer)
        if told["code"] != status:
            raise AssertionError(f"{method} {target}: {told['code']}, not {status}: {whole[:2000]!r}")
        return whole


def flask_application():
    app = flask.Flask(__name__)
    app.secret_key = "only for the training"

    @app.get("/")
    def index():
        return "Hello!\n"

    @app.get("/rows")
    def rows():
        return flask.render_template_string(PAGE, title="Rows", rows=ROWS)

    @app.get("/item/<int:number>")
    def item(number):
        return {"number": number, "sort": flask.request.args.get("sort", "name"), "rows": ROWS[:number]}

    @app.post("/name")
    def name():
        flask.session["name"] = flask.request.form["name"].strip()
        return flask.redirect(flask.url_for("index"))

    @app.post("/echo")
    def echo():
        return flask.jsonify(sent=flask.request.get_json(), name=flask.session.get("name"))

    return app


def with_flask(times):
    client = Client(flask_application())
    form, text = "application/x-www-form-urlencoded", json.dumps({"rows": ROWS[:5], "ok": True}).encode()
    for number in range(times):
        for _ in range(10):
            client.ask("GET", "/")
        client.ask("GET", f"/item/{number % 9}?sort=price&page=2")
        client.ask("POST", "/name", b"name=Ann%C3%A9+B&next=%2F", form, 302)
        client.ask("POST", "/echo", text, "application/json")
        client.ask("GET", "/missing", status=404)
        if number % 4 == 0:
            client.ask("GET", "/rows")


def django_application():
    """One model in a database in memory, templates, the middleware that most projects have."""
    settings.configure(
        SECRET_KEY="only for the training",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_I18N=False,
        USE_TZ=False,
        DEBUG_PROPAGATE_EXCEPTIONS=True,
        LOGGING_CONFIG=None,
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [("django.template.loaders.locmem.Loader", {"rows.html": DJANGO_PAGE})]
                },
            }
        ],
    )
    django.setup()
    from django.core.wsgi import get_wsgi_application
    from django.db import connection, models

    class Article(models.Model):
        name = models.CharField(max_length=80)
        price = models.FloatField()
        changed = models.DateTimeField(null=True)

        class Meta:
            app_label = "training"

    with connection.schema_editor() as editor:
        editor.create_model(Article)
    changed = datetime.datetime(2025, 1, 2, 3, 4, 5)
    Article.objects.bulk_create(
        [Article(name=row["name"], price=row["price"], changed=changed) for row in ROWS]
    )
    urlpatterns.extend(django_urls(Article))
    return get_wsgi_application()


DJANGO_PAGE = """<table>{% for article in articles %}<tr class="{% cycle "odd" "even" %}">
<td>{{ article.name }}</td><td>{{ article.price|floatformat:2 }}</td>
<td>{{ article.changed.isoformat }}</td></tr>{% endfor %}</table>"""
urlpatterns = []


def django_urls(article):
    from django.http import HttpResponse, JsonResponse
    from django.shortcuts import render
    from django.urls import path

    def dear(_request, least):
        found = article.objects.filter(price__gt=least).order_by("-price")[:10]
        return JsonResponse({"articles": [{"name": one.name, "price": one.price} for one in found]})

    return [
        path("", lambda _request: HttpResponse("Hello!\n")),
        path("dear/<int:least>", dear),
        path("rows", lambda request: render(request, "rows.html", {"articles": article.objects.all()[:20]})),
    ]


def with_django(times):
    # What was not found is no news here.
    logging.getLogger("django").setLevel(logging.CRITICAL)
    client = Client(django_application())
    # Django closes a request's connection to the database at its end, and one in memory would be gone.
    from django.core import signals
    from django.db import close_old_connections

    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    for number in range(times):
        client.ask("GET", "/")
        client.ask("GET", f"/dear/{number % 40}")
        client.ask("GET", "/missing", status=404)
        if number % 4 == 0:
            client.ask("GET", "/rows")


def least(times):
    """An application without a framework."""

    def application(environ, start_response):
        body = f"Hello, {environ['PATH_INFO'].strip('/').title()}!\n".encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    client = Client(application)
    for _ in range(times):
        client.ask("GET", "/you")
