"""CherryPy's tree as a WSGI application: pages, tools, sessions, dispatch by method."""

import os

import cherrypy

HERE = os.path.dirname(os.path.abspath(__file__))


class Root:
    @cherrypy.expose
    def index(self):
        return "<ul>" + "".join(f"<li>{number}" for number in range(100)) + "</ul>"

    @cherrypy.expose
    def greet(self, name="nobody", **others):
        return f"Hello, {name}: {sorted(others.items())}"

    @cherrypy.expose
    def visits(self):
        cherrypy.session["visits"] = cherrypy.session.get("visits", 0) + 1
        return str(cherrypy.session["visits"])

    @cherrypy.expose
    @cherrypy.tools.json_in()
    @cherrypy.tools.json_out()
    def echo(self):
        return {"got": cherrypy.request.json}

    @cherrypy.expose
    def upload(self, file):
        return f"{file.filename}: {len(file.file.read())}"

    @cherrypy.expose
    def away(self):
        raise cherrypy.HTTPRedirect("/greet")

    @cherrypy.expose
    def fails(self):
        raise ValueError("of the page")

    @cherrypy.expose
    def stream(self):
        return (f"{number}\n" for number in range(5))

    stream._cp_config = {"response.stream": True}


@cherrypy.expose
class Things:
    def GET(self, number="1"):  # noqa: N802 -- CherryPy's names
        return f"thing {number}"

    def PUT(self, number):  # noqa: N802
        cherrypy.response.status = 201
        return f"put {number}"


USERS = {"anna": "of-the-exercise"}
CONFIG = {
    "/": {
        "tools.sessions.on": True,
        "tools.sessions.storage_class": cherrypy.lib.sessions.FileSession,
        "tools.sessions.storage_path": os.path.join(HERE, "data"),
        "tools.gzip.on": True,
        "tools.encode.on": True,
    },
    "/greet": {"tools.etags.on": True, "tools.etags.autotags": True},
    "/secret": {
        "tools.auth_basic.on": True,
        "tools.auth_basic.realm": "exercise",
        "tools.auth_basic.checkpassword": cherrypy.lib.auth_basic.checkpassword_dict(USERS),
    },
    "/static": {"tools.staticdir.on": True, "tools.staticdir.dir": os.path.join(HERE, "static")},
}
cherrypy.config.update({"environment": "embedded", "log.screen": False})
Root.secret = cherrypy.expose(lambda self: "inside")
cherrypy.tree.mount(Root(), "/", CONFIG)
cherrypy.tree.mount(Things(), "/things", {"/": {"request.dispatch": cherrypy.dispatch.MethodDispatcher()}})
application = cherrypy.tree
