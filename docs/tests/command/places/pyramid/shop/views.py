from pyramid.view import view_config


@view_config(route_name="index", renderer="shop:templates/index.jinja2")
def index(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return {"title": request.registry.settings["shop.title"], "visits": request.session["visits"]}
