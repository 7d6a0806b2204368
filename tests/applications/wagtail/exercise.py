"""Wagtail as `wagtail start` makes it: log in, write and publish a page, an image, search, users."""

APP = "mysite/wsgi.py"
NATIVE = "mysite.wsgi"
DATA = "data"
WARM = ["/"]
REMARK = "Without `--warm /` a page took 111 ms of CPU time, and 4 were answered in a second."
ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "site_settings"}
SETTINGS = """from mysite.settings.base import *

SECRET_KEY = "of-the-exercise"
ALLOWED_HOSTS = ["*"]
DATABASES["default"]["NAME"] = BASE_DIR / "data" / "db.sqlite3"
MEDIA_ROOT = BASE_DIR / "data" / "media"
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
"""
VARIES = [r'name="csrfmiddlewaretoken" value="\w+"', r'(?<=CSRF_TOKEN": ")\w+', r"[0-9a-f]{8}-[0-9a-f-]{27}"]
#: Classes come from sets.
VARIES += [r'class="[^"]*bulk-action-btn[^"]*"', r'(?<=tooltip-content-value=")\w+\. \d+, \d{4}, [^"]+']


def prepare(project):
    project.run("wagtail", "start", "mysite", ".")
    project.write("site_settings.py", SETTINGS)
    project.run("python", "manage.py", "migrate")
    account = {"DJANGO_SUPERUSER_PASSWORD": "of-the-exercise"}
    command = ["createsuperuser", "--noinput", "--username", "admin", "--email", "a@example.com"]
    project.run("python", "manage.py", *command, **account)


def exercise(client):
    client.get("/")
    client.get("/search/?query=home")
    login = client.follow(client.get("/admin/", 302)).fields("username")
    client.post("/admin/login/", {**login, "username": "admin", "password": "another"}, 200)
    client.follow(client.post("/admin/login/", {**login, "username": "admin", "password": "of-the-exercise"}))
    client.get("/admin/pages/")
    page = client.get("/admin/pages/add/home/homepage/3/").fields("title")
    filled = {**page, "title": "A page", "slug": "a-page", "action-publish": "action-publish"}
    client.follow(client.post("/admin/pages/add/home/homepage/3/", filled))
    client.get("/a-page/")
    client.get("/admin/images/")
    client.get("/admin/users/")
    client.get("/nowhere/", 404)
