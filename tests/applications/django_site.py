"""What the exercises of both Djangos share: `startproject` unchanged, with what a site adds to its
settings.

The settings that `startproject` writes stay as they are; `site_settings` imports them and adds an
application, WhiteNoise, a language and a mail backend, as a deployment does.
"""

from client import Client

SETTINGS = """from mysite.settings import *

ALLOWED_HOSTS = ["*"]
DEBUG = False
INSTALLED_APPS = [*INSTALLED_APPS, "desk"]
MIDDLEWARE = [
    MIDDLEWARE[0],
    "whitenoise.middleware.WhiteNoiseMiddleware",
    MIDDLEWARE[1],
    "django.middleware.locale.LocaleMiddleware",
    *MIDDLEWARE[2:],
]
DATABASES["default"]["NAME"] = BASE_DIR / "data" / "db.sqlite3"
MEDIA_ROOT = BASE_DIR / "data" / "media"
STATIC_ROOT = BASE_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if "MAILERS" in globals():
    MAILERS["default"] = {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": BASE_DIR / "data" / "mail"},
    }
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = BASE_DIR / "data" / "mail"
ROOT_URLCONF = "desk.urls"
"""

MODELS = """from django.db import models


class Letter(models.Model):
    title = models.CharField(max_length=80)
    text = models.TextField(blank=True)
    written = models.DateField(default="2024-02-29")
    attached = models.FileField(upload_to="letters", blank=True)

    def __str__(self):
        return self.title
"""

ADMIN = """from django.contrib import admin
from desk.models import Letter


@admin.register(Letter)
class LetterAdmin(admin.ModelAdmin):
    list_display = ["title", "written"]
    list_filter = ["written"]
    search_fields = ["title"]
"""

VIEWS = """import asyncio

from django import forms
from django.contrib import messages
from django.core.mail import send_mail
from django.http import FileResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.generic import ListView

from desk.models import Letter


class LetterForm(forms.ModelForm):
    class Meta:
        model = Letter
        fields = ["title", "text", "attached"]


class Letters(ListView):
    model = Letter
    paginate_by = 20
    ordering = ["title"]


def write(request):
    form = LetterForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        letter = form.save()
        messages.success(request, f"{letter} is written")
        send_mail("Written", f"{letter}: {letter.text}", "desk@example.com", ["anna@example.com"])
        request.session["written"] = request.session.get("written", 0) + 1
        return redirect("letters")
    return render(request, "desk/write.html", {"form": form})


def attached(request, number):
    return FileResponse(get_object_or_404(Letter, pk=number).attached.open())


async def counted(request):
    await asyncio.sleep(0)
    return JsonResponse({"letters": await Letter.objects.acount(), "no": gettext("No")})


def fails(request):
    raise ValueError("of the view")
"""

URLS = """from django.contrib import admin
from django.urls import include, path

from desk import views

urlpatterns = [
    path("", views.Letters.as_view(), name="letters"),
    path("write", views.write),
    path("attached/<int:number>", views.attached),
    path("counted", views.counted),
    path("fails", views.fails),
    path("admin/", admin.site.urls),
    path("accounts/", include("django.contrib.auth.urls")),
]
"""

LIST = """{% load i18n static %}<!doctype html><link rel="stylesheet" href="{% static 'admin/css/base.css' %}">
{% for message in messages %}<p class="{{ message.tags }}">{{ message }}</p>{% endfor %}
<h1>{% translate "Home" %}</h1><p>{{ request.session.written|default:0 }}</p>
{% for letter in object_list %}<li>{{ letter.title }}, {{ letter.written|date:"DATE_FORMAT" }}</li>{% empty %}
<p>{% translate "None" %}</p>{% endfor %}"""

WRITE = """<form method="post" enctype="multipart/form-data">{% csrf_token %}{{ form.as_p }}</form>"""

APP = "mysite/wsgi.py"
NATIVE = "mysite.wsgi"
DATA = "data"
WARM = ["/"]
ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "site_settings"}
#: The key that `startproject` draws is in both copies; these are drawn in requests.
VARIES = [
    r'name="csrfmiddlewaretoken" value="\w+"',
    r'data-csrf="\w+"',
    r"(?<=\d\d\d\d, )\d\d?:\d\d [ap]\.m\.",
]
VARIES += [r'(?<=value=")\d\d:\d\d:\d\d(?=")']
NAME, PASSWORD = "admin", "of-the-exercise"


def prepare(project):
    project.run("django-admin", "startproject", "mysite", ".")
    project.run("python", "manage.py", "startapp", "desk")
    for name, text in {
        "site_settings.py": SETTINGS,
        "desk/models.py": MODELS,
        "desk/admin.py": ADMIN,
        "desk/views.py": VIEWS,
        "desk/urls.py": URLS,
        "desk/templates/desk/letter_list.html": LIST,
        "desk/templates/desk/write.html": WRITE,
    }.items():
        project.write(name, text)
    account = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    project.run("python", "manage.py", "makemigrations", "desk")
    project.run("python", "manage.py", "migrate")
    project.run("python", "manage.py", "collectstatic", "--noinput")
    command = ["createsuperuser", "--noinput", "--username", NAME, "--email", "a@example.com"]
    project.run("python", "manage.py", *command, **account)


def exercise(client: Client):
    pages(client)
    letters(client)
    admin(client)


def pages(client: Client):
    page = client.get("/")
    client.get("/", Accept_Language="de")
    client.get("/counted", Accept_Language="fr")
    client.get("/nowhere", 404)
    client.get("/fails", 500)
    style = page.text.split('href="')[1].split('"')[0]
    client.get(style)
    client.get(style, Accept_Encoding="gzip")
    client.get(style, 206, Range="bytes=10-99")
    client.get(style, 304, If_None_Match=client.get(style).header("ETag"))
    client.ask("HEAD", style, 200)


def letters(client: Client):
    client.post("/write", {"title": "without a token"}, 403)
    fields = client.get("/write").fields()
    client.post("/write", {**fields, "title": ""}, 200)
    client.follow(client.post("/write", {**fields, "title": "First", "text": "of two\r\nlines"}))
    file = {"attached": ("größe.txt", b"0123456789" * 400_000)}
    client.follow(client.upload("/write", {**fields, "title": "Second <b>"}, file))
    client.get("/attached/2")
    client.get("/attached/9", 404)
    client.get("/counted")


def admin(client: Client):
    login = client.follow(client.get("/admin/", 302)).fields()
    client.post("/admin/login/", {**login, "username": NAME, "password": "another"}, 200)
    entered = client.post("/admin/login/?next=/admin/", {**login, "username": NAME, "password": PASSWORD})
    client.follow(entered)
    client.get("/admin/desk/letter/?q=first")
    new = {**client.get("/admin/desk/letter/add/").fields("title"), "title": "Third"}
    client.post("/admin/desk/letter/add/", {**new, "written": "nonsense"}, 200)
    client.follow(client.post("/admin/desk/letter/add/", new))
    old = client.get("/admin/desk/letter/1/change/").fields("title")
    client.follow(client.post("/admin/desk/letter/1/change/", {**old, "title": "Changed"}))
    client.get("/admin/desk/letter/1/history/")
    client.post("/admin/desk/letter/2/delete/", {**old, "post": "yes"})
    chosen = {**old, "action": "delete_selected", "_selected_action": "3"}
    client.post("/admin/desk/letter/", chosen, 200)
    client.follow(client.post("/admin/desk/letter/", {**chosen, "post": "yes"}))
    client.get("/admin/auth/user/1/change/")
    client.get("/admin/jsi18n/", Accept_Language="de")
    client.get("/admin/password_change/")
    client.post("/admin/logout/", old, 200)
    client.post("/accounts/password_reset/", {**old, "email": "a@example.com"})
