"""Coroutines in Django: views and middleware."""

import asyncio

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="test", MIDDLEWARE=[f"{__name__}.middleware"]
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse, StreamingHttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils.decorators import async_only_middleware  # noqa: E402


@async_only_middleware
def middleware(get_response):
    async def answer(request):
        response = await get_response(request)
        response["X-Middleware"] = "awaited"
        return response

    return answer


async def view(request):
    await asyncio.sleep(0.01)
    return HttpResponse("awaited")


def plain(request):
    return HttpResponse("called")


async def _parts():
    for part in ["one ", "two"]:
        await asyncio.sleep(0)
        yield part


async def stream(request):
    return StreamingHttpResponse(_parts())


urlpatterns = [path("view", view), path("plain", plain), path("stream", stream)]
app = get_wsgi_application()
