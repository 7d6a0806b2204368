"""Caching in files, a limit and sessions on the server, by the extensions' quick starts."""

import asyncio
import os

from flask import Blueprint, Flask, session
from flask_caching import Cache
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_session import Session

app = Flask(__name__)
DATA = os.path.join(app.root_path, "data")
app.config["SESSION_TYPE"] = "filesystem"
app.config["SESSION_FILE_DIR"] = os.path.join(DATA, "sessions")
app.config["CACHE_TYPE"] = "FileSystemCache"
app.config["CACHE_DIR"] = os.path.join(DATA, "cache")
cache = Cache(app)
Session(app)
limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
pages = Blueprint("pages", __name__, url_prefix="/pages")


@pages.get("/cached")
@cache.cached(timeout=600)
def cached():
    count = (cache.get("count") or 0) + 1
    cache.set("count", count)
    return f"made {count} times"


@app.get("/")
def index():
    session["visits"] = session.get("visits", 0) + 1
    return {"visits": session["visits"]}


@app.get("/async")
async def awaited():
    first, second = await asyncio.gather(asyncio.sleep(0.01, "one"), asyncio.sleep(0.01, "two"))
    return f"{first}, {second}"


@app.get("/never")
@limiter.limit("0 per day")
def never():
    return "unreachable"


@app.get("/limited")
@limiter.limit("100 per day")
def limited():
    return "within the limit"


app.register_blueprint(pages)
