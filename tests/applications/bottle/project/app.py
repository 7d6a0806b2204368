"""Bottle with its templates, Beaker's sessions in files, and CT3 (Cheetah)."""

import os

import bottle
from beaker.middleware import SessionMiddleware
from Cheetah.Template import Template

HERE = os.path.dirname(os.path.abspath(__file__))
pages = bottle.Bottle()
ROWS = bottle.SimpleTemplate("<ul>% for row in rows:\n<li>{{row}}</li>\n% end\n</ul>".replace(">%", ">\n%"))
GREETING = Template.compile("Hello $name, #for $n in range(3)#$n #end for#")


@pages.get("/")
def index():
    return ROWS.render(rows=[f"Row <{number}>" for number in range(100)])


@pages.get("/hello/<name:re:[a-z]+>")
def hello(name):
    return str(GREETING(searchList=[{"name": name}]))


@pages.get("/visits")
def visits():
    session = bottle.request.environ["beaker.session"]
    session["visits"] = session.get("visits", 0) + 1
    session.save()
    return {"visits": session["visits"]}


@pages.post("/upload")
def upload():
    file = bottle.request.files.file
    return {"name": file.filename, "raw": file.raw_filename, "bytes": len(file.file.read())}


@pages.get("/signed")
def signed():
    seen = bottle.request.get_cookie("signed", secret="of-the-exercise")
    bottle.response.set_cookie("signed", "yes", secret="of-the-exercise", path="/")
    return f"seen: {seen}"


@pages.get("/static/<path:path>")
def static(path):
    return bottle.static_file(path, root=HERE)


@pages.get("/away")
def away():
    bottle.redirect("/hello/you")


OPTIONS = {"session.type": "file", "session.data_dir": os.path.join(HERE, "data"), "session.auto": True}
app = SessionMiddleware(pages, OPTIONS)
