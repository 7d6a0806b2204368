"""Notes in SQLite by Falcon: resources, hooks, media, uploads, errors."""

import os
import sqlite3

import falcon

DATABASE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "notes.sqlite")


def connect():
    connection = sqlite3.connect(DATABASE, isolation_level=None)
    connection.execute("create table if not exists note (id integer primary key, text text)")
    return connection


def whole(req, resp, resource, params):
    if not isinstance(req.media, dict) or not req.media.get("text"):
        raise falcon.HTTPUnprocessableEntity(title="No text", description="a note has a text")


class Notes:
    def on_get(self, req, resp):
        rows = connect().execute("select id, text from note order by id").fetchall()
        resp.media = [{"id": number, "text": text} for number, text in rows]

    @falcon.before(whole)
    def on_post(self, req, resp):
        made = connect().execute("insert into note (text) values (?)", [req.media["text"]])
        resp.status, resp.location = falcon.HTTP_201, f"/notes/{made.lastrowid}"
        resp.media = {"id": made.lastrowid}


class Note:
    def on_get(self, req, resp, number):
        found = connect().execute("select text from note where id = ?", [number]).fetchone()
        if found is None:
            raise falcon.HTTPNotFound(title="No such note")
        resp.text, resp.content_type, resp.etag = found[0], falcon.MEDIA_TEXT, f"note-{number}"
        resp.cache_control = ["private", "max-age=60"]

    def on_delete(self, req, resp, number):
        connect().execute("delete from note where id = ?", [number])
        resp.status = falcon.HTTP_204


class Form:
    def on_post(self, req, resp):
        resp.media = {part.name: part.stream.read().decode() for part in req.get_media()}


class Index:
    def on_get(self, req, resp):
        resp.media = {"query": req.params, "number": req.get_param_as_int("number"), "agent": req.prefix}
        resp.set_cookie("seen", "yes", max_age=60, secure=False)


app = falcon.App(cors_enable=True)
app.add_route("/", Index())
app.add_route("/notes", Notes())
app.add_route("/notes/{number:int}", Note())
app.add_route("/form", Form())
app.add_static_route("/static", os.path.dirname(os.path.abspath(__file__)))
