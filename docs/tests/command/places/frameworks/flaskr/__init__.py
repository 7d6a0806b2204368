"""As in Flask's tutorial: a factory, and SQLite in the instance folder."""

import os
import sqlite3

from flask import Flask


def create_app():
    app = Flask(__name__, instance_relative_config=True)

    @app.get("/")
    def index():
        with sqlite3.connect(os.path.join(app.instance_path, "flaskr.sqlite")) as database:
            database.execute("CREATE TABLE IF NOT EXISTS visits (at TEXT)")
            database.execute("INSERT INTO visits VALUES (datetime())")
            return str(database.execute("SELECT count(*) FROM visits").fetchone()[0])

    return app
