"""Django's debug pages: of an exception, with sources, variables and settings, and of a page that is not
there.
"""

APP = "mysite/wsgi.py"
NATIVE = "mysite.wsgi"
MEASURED = False
PINS = "django_lts"
ERROR_PAGE = True
#: Addresses of objects, clocks and the server's own variables are in these pages: their text is looked into.
VARIES = [r"(?s)\n\n.*"]
URLS = """from django.urls import path


def fails(request):
    price = "none"
    return price / 2


urlpatterns = [path("fails", fails)]
"""


def prepare(project):
    project.run("django-admin", "startproject", "mysite", ".")
    project.write("mysite/urls.py", URLS)


def exercise(client):
    page = client.get("/fails", 500, Accept="text/html")
    for text in (
        "TypeError at /fails",
        "return price / 2",
        "&#x27;none&#x27;",
        "INSTALLED_APPS",
        "REQUEST_METHOD",
    ):
        assert text in page.text, (text, page.text[-2000:])
    plain = client.get("/fails", 500, X_Requested_With="XMLHttpRequest", Accept="text/plain")
    assert "TypeError at /fails" in plain.text
    missing = client.get("/nowhere", 404)
    assert "Using the URLconf defined in <code>mysite.urls</code>" in missing.text
