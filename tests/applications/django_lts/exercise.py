"""Django 5.2, the long-term release: `startproject` with its admin, sessions, messages, CSRF, languages,
uploads, WhiteNoise, mail.
"""

from django_site import *  # noqa: F403 -- both Djangos are exercised alike
