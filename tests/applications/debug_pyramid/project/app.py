"""A page under pyramid_debugtoolbar."""

from pyramid.config import Configurator
from pyramid.response import Response


def index(request):
    return Response("<html><head></head><body>nothing fails</body></html>")


def main():
    with Configurator(settings={"debugtoolbar.hosts": "127.0.0.1/32"}) as config:
        config.include("pyramid_debugtoolbar")
        config.add_route("index", "/")
        config.add_view(index, route_name="index")
        return config.make_wsgi_app()


app = main()
