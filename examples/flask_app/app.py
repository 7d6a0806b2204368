"""A guest book in Flask: a template, a static file, a form, a session and JSON, as it also runs natively.

`./just requirements`, then `./just run examples/flask_app/app.py`.
"""

import os

from flask import Flask, jsonify, redirect, render_template, request, session, url_for

app = Flask(__name__)
# A session must survive from one sandbox to the next, so its key is fixed. What is set here is in the
# snapshot, alike for every request and readable in the component. A real key is granted: see below.
app.secret_key = "only for this example"

requests_seen = 0


@app.before_request
def take_secret_key():
    """Uses the key of this deployment: `wasgi serve --env SECRET_KEY`."""
    app.secret_key = os.environ.get("SECRET_KEY", app.secret_key)


@app.before_request
def count():
    """Counts in a module global: each sandbox starts from the snapshot, so none ever sees more than 1."""
    global requests_seen
    requests_seen += 1


@app.get("/")
def index():
    """The page: who you are, and a form to say so."""
    return render_template("index.html", name=session.get("name"))


@app.post("/name")
def name():
    """Takes the form and remembers the name in a signed cookie."""
    session["name"] = request.form["name"].strip()[:80]
    return redirect(url_for("index"))


@app.post("/echo")
def echo():
    """Answers JSON with JSON."""
    return jsonify(you_sent=request.get_json(), length=request.content_length)


@app.get("/counter")
def counter():
    """Always 1: what a request does to the interpreter is gone when its answer ends."""
    return jsonify(requests_seen=requests_seen)


@app.get("/crash")
def crash():
    """An error of the application's: 500, and the next request does not notice."""
    raise RuntimeError("this route always fails")
