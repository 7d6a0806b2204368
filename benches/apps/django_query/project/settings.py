"""A project with one model, whose database is a file beside it that is only read."""

from pathlib import Path

SECRET_KEY = "only for this benchmark"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "project.urls"
INSTALLED_APPS = ["shop"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
DATABASE = Path(__file__).resolve().parent.parent / "shop.sqlite3"
# Opened anew by each request, as Django does by default. `immutable`: no locks, which WASI does not have.
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"file:{DATABASE}?mode=ro&immutable=1"}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
