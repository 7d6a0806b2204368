"""A Flask application under Werkzeug's debugger, as its documentation has it for any WSGI server."""

from flask import Flask
from werkzeug.debug import DebuggedApplication

app = Flask(__name__)
app.debug = True


@app.get("/")
def index():
    return "nothing fails"


@app.get("/fails")
def fails():
    price = "none"
    return price / 2


application = DebuggedApplication(app, evalex=True, pin_security=False)
