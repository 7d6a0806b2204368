"""Views, routes, a template, sessions, CSRF and authentication of Pyramid, configured by PasteDeploy."""

from pyramid.authentication import AuthTktCookieHelper
from pyramid.config import Configurator
from pyramid.csrf import get_csrf_token
from pyramid.httpexceptions import HTTPFound
from pyramid.security import forget, remember
from pyramid.session import SignedCookieSessionFactory
from pyramid.view import forbidden_view_config, notfound_view_config, view_config


class Policy:
    """Who logged in, by a signed cookie."""

    def __init__(self):
        self.helper = AuthTktCookieHelper("of-the-exercise")

    def identity(self, request):
        found = self.helper.identify(request)
        return found and found["userid"]

    authenticated_userid = identity

    def permits(self, request, context, permission):
        return bool(self.identity(request))

    def remember(self, request, userid, **options):
        return self.helper.remember(request, userid, **options)

    def forget(self, request, **options):
        return self.helper.forget(request, **options)


@view_config(route_name="index", renderer="shop.jinja2")
def index(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return {"items": range(50), "token": get_csrf_token(request), "messages": request.session.pop_flash()}


@view_config(route_name="item", renderer="json")
def item(request):
    return {"number": int(request.matchdict["number"]), "query": request.GET.mixed()}


@view_config(route_name="login", request_method="POST", require_csrf=True)
def login(request):
    request.session.flash("logged in")
    return HTTPFound(request.route_url("index"), headers=remember(request, request.POST["name"]))


@view_config(route_name="logout")
def logout(request):
    return HTTPFound(request.route_url("index"), headers=forget(request))


@view_config(route_name="inside", permission="view", renderer="string")
def inside(request):
    return f"{request.authenticated_userid} is in"


@view_config(route_name="upload", request_method="POST", renderer="json")
def upload(request):
    file = request.POST["file"]
    return {"name": file.filename, "bytes": len(file.file.read())}


@notfound_view_config(renderer="string")
def missing(request):
    request.response.status = 404
    return "nothing here"


@forbidden_view_config(renderer="string")
def forbidden(request):
    request.response.status = 403
    return "log in first"


def main(global_config, **settings):
    with Configurator(settings=settings) as config:
        config.include("pyramid_jinja2")
        config.set_security_policy(Policy())
        config.set_session_factory(SignedCookieSessionFactory("of-the-exercise"))
        for name in ("login", "logout", "inside", "upload"):
            config.add_route(name, f"/{name}")
        config.add_route("index", "/")
        config.add_route("item", "/items/{number:\\d+}")
        config.add_static_view("static", "shop:static")
        config.scan("shop")
        return config.make_wsgi_app()
