from flask import Flask


def create_app(config):
    app = Flask(__name__)
    app.add_url_rule("/", "index", lambda: config)
    return app
