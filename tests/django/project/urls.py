"""A page with a form, a session, a database, accounts with passwords, and a view that fails."""

from django.contrib.auth import authenticate, get_user_model, login
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
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


@csrf_exempt
def account(request):
    """Makes an account, which lives for this request, and logs in to it, at the second attempt."""
    user = get_user_model()
    with connection.schema_editor() as editor:
        for model in (ContentType, Permission, Group, user):
            editor.create_model(model)
    made = user.objects.create_user("ada", password="correct horse")
    words = "wrong horse", "correct horse"
    found = [authenticate(request, username="ada", password=word) for word in words]
    login(request, found[1])
    names = [user and user.username for user in found]
    return JsonResponse({"hash": made.password, "found": names, "session": request.session["_auth_user_id"]})


def crash(request):
    raise RuntimeError("this view always fails")


urlpatterns = [
    path("", page),
    path("name", name),
    path("drawn", drawn),
    path("account", account),
    path("crash", crash),
]
