"""The to-do list of web.py's tutorial: forms, templates, SQLite, sessions in files."""

import os

import web

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "data")
urls = ("/", "Index", "/add", "Add", "/remove/(\\d+)", "Remove", "/visits", "Visits", "/upload", "Upload")
app = web.application(urls, globals())
session = web.session.Session(app, web.session.DiskStore(os.path.join(DATA, "sessions")), {"count": 0})
render = web.template.render(os.path.join(HERE, "templates"))
add = web.form.Form(web.form.Textbox("title", web.form.notnull, description="What to do"))


def database():
    return web.database(dbn="sqlite", db=os.path.join(DATA, "todo.sqlite"))


class Index:
    def GET(self):  # noqa: N802 -- web.py's names
        return render.index(database().select("todo", order="id"), add())


class Add:
    def POST(self):  # noqa: N802
        form = add()
        if not form.validates():
            return render.index(database().select("todo", order="id"), form)
        database().insert("todo", title=form.d.title)
        raise web.seeother("/")


class Remove:
    def POST(self, number):  # noqa: N802
        database().delete("todo", where="id = $number", vars={"number": int(number)})
        raise web.seeother("/")


class Visits:
    def GET(self):  # noqa: N802
        session.count += 1
        web.setcookie("seen", "yes", 60)
        return str(session.count)


class Upload:
    def POST(self):  # noqa: N802
        given = web.input(file={})
        return f"{given.file.filename}: {len(given.file.file.read())}"


application = app.wsgifunc()
