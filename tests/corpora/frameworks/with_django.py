"""Django: sends back what it takes for the request's body."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path


def echo(request):
    return HttpResponse(f"{request.META.get('CONTENT_LENGTH')} {request.body.decode()}")


urlpatterns = [path("", echo)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="of a test", USE_I18N=False)
app = get_wsgi_application()
