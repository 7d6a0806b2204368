"""A Pyramid application as its cookiecutter lays it out: PasteDeploy calls the factory with settings."""

import os

from pyramid.config import Configurator
from pyramid.session import SignedCookieSessionFactory


def main(global_config, **settings):
    secret = os.environ.get("SESSION_SECRET", "only for development")
    with Configurator(settings=settings) as config:
        config.include("pyramid_jinja2")
        config.set_session_factory(SignedCookieSessionFactory(secret))
        config.add_static_view("static", "shop:static", cache_max_age=3600)
        config.add_route("index", "/")
        config.scan("shop.views")
        return config.make_wsgi_app()
