"""A page with a form, a session, a database, and a view that fails."""

from django.db import connection
from django.http import JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.crypto import get_random_string
from django.views.decorators.csrf import csrf_exempt


def page(request):
    return render(request, "page.html", {"name": request.session.get("name", "stranger")})


@csrf_exempt
def name(request):
    request.session["name"] = request.POST["name"]
    return JsonResponse({"name": request.POST["name"]})


def drawn(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT hex(randomblob(16))")
        return JsonResponse({"token": get_random_string(20), "blob": cursor.fetchone()[0]})


def crash(request):
    raise RuntimeError("this view always fails")


urlpatterns = [path("", page), path("name", name), path("drawn", drawn), path("crash", crash)]
