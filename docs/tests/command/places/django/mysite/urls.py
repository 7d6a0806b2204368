from django.db import connection
from django.http import HttpResponse
from django.urls import path


def index(request):
    with connection.cursor() as cursor:
        return HttpResponse(cursor.execute("SELECT sqlite_version()").fetchone()[0])


def login(request):
    return HttpResponse("a form")


urlpatterns = [path("", index), path("accounts/login/", login)]
