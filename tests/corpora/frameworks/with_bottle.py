"""Bottle: sends back what it takes for the request's body."""

import bottle

app = bottle.Bottle()


@app.route("/", method=["POST", "PUT", "DELETE", "GET"])
def echo():
    return f"{bottle.request.content_length} {bottle.request.body.read().decode()}"
