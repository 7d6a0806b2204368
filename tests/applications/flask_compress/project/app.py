"""Flask-Compress by its quick start."""

from flask import Flask
from flask_compress import Compress

app = Flask(__name__)
Compress(app)


@app.get("/")
def long():
    return "<p>A line that comes again.</p>\n" * 500
