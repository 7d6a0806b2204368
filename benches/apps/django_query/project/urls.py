"""One view with one query."""

from django.http import JsonResponse
from django.urls import path
from shop.models import Item


def cheap(request):
    found = Item.objects.filter(price__lt=20).order_by("price")[:10]
    return JsonResponse({"items": [{"name": item.name, "price": item.price} for item in found]})


urlpatterns = [path("", cheap)]
