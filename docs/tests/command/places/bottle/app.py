import os
import sqlite3
from pathlib import Path

import bottle

DATA = Path(__file__).parent / "data"
app = bottle.Bottle()


@app.get("/")
@bottle.view("index")
def index():
    with sqlite3.connect(DATA / "shop.sqlite") as database:
        database.execute("CREATE TABLE IF NOT EXISTS article (name TEXT)")
        return {"articles": [name for (name,) in database.execute("SELECT name FROM article")]}


@app.post("/articles")
def add():
    with sqlite3.connect(DATA / "shop.sqlite") as database:
        database.execute("INSERT INTO article VALUES (?)", (bottle.request.forms.name,))
    return {"added": bottle.request.forms.name}


@app.get("/visits")
def visits():
    secret = os.environ.get("COOKIE_SECRET", "only for development")
    seen = bottle.request.get_cookie("visits", default=0, secret=secret) + 1
    bottle.response.set_cookie("visits", seen, secret=secret)
    return {"visits": seen}


if __name__ == "__main__":
    app.run()
