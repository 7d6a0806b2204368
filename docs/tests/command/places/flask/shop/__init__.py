"""A shop window: settings from the environment, SQLite, an upload, a session, a cache, mail."""

import os
import smtplib
import sqlite3
from email.message import EmailMessage
from pathlib import Path

from cachelib.file import FileSystemCache
from flask import Flask, current_app, render_template, request, session
from werkzeug.utils import secure_filename


def create_app(title="Shop"):
    app = Flask(__name__, instance_relative_config=True)
    app.config.from_mapping(TITLE=title, SECRET_KEY="only for development")
    app.config.from_prefixed_env()
    app.config["CACHE"] = FileSystemCache(os.path.join(app.instance_path, "cache"), default_timeout=60)
    app.add_url_rule("/", view_func=index)
    app.add_url_rule("/photos", view_func=upload, methods=["POST"])
    app.add_url_rule("/orders", view_func=order, methods=["POST"])
    return app


def index():
    session["visits"] = session.get("visits", 0) + 1
    return render_template("index.html", title=current_app.config["TITLE"], articles=articles())


def articles():
    """The names of all articles, asked of the database once a minute."""
    found = current_app.config["CACHE"].get("articles")
    if found is None:
        with sqlite3.connect(os.path.join(current_app.instance_path, "shop.sqlite")) as database:
            database.execute("CREATE TABLE IF NOT EXISTS article (name TEXT)")
            found = [name for (name,) in database.execute("SELECT name FROM article")]
        current_app.config["CACHE"].set("articles", found)
    return found


def upload():
    photo = request.files["photo"]
    photo.save(Path(current_app.instance_path, "photos", secure_filename(photo.filename)))
    return {"saved": photo.filename}, 201


def order():
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "An order", "shop@example.org", "owner@example.org"
    mail.set_content(request.form["article"])
    with smtplib.SMTP(current_app.config["MAIL_HOST"], current_app.config["MAIL_PORT"], timeout=5) as server:
        server.send_message(mail)
    return {"sent": True}
