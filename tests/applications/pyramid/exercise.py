"""Pyramid by PasteDeploy: routes, templates, sessions, CSRF, authentication, static files, an upload."""

APP = "wsgi.py"
NATIVE = "wsgi:application"
WARM = ["/"]
VARIES = [r'(?<=name="csrf_token" type="hidden" value=")\w+']


def exercise(client):
    form = client.get("/").fields("csrf_token")
    client.get("/items/12?q=a&q=b&r=%C3%A4")
    client.get("/items/x", 404)
    client.get("/static/shop.css")
    client.get("/static/../wsgi.py", 404)
    client.get("/inside", 403)
    client.post("/login", {"name": "anna"}, 400)
    client.follow(client.post("/login", {**form, "name": "anna"}))
    client.get("/inside")
    client.upload("/upload", {}, {"file": ("täbelle.txt", b"0123456789" * 100_000)}, 200)
    client.follow(client.get("/logout", 302))
    client.get("/inside", 403)
