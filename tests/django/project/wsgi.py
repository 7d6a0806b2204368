"""A Django project on wasgi: its secret key comes with each request."""

import os

import wasgi
from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

application = get_wsgi_application()


@wasgi.after_restore
def take_secret_key():
    settings.SECRET_KEY = os.environ["SECRET_KEY"]
