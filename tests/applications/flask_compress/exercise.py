"""Flask-Compress: answers by what the client accepts."""

APP = "app.py"
NATIVE = "app:app"


def exercise(client):
    client.get("/")
    client.get("/", Accept_Encoding="gzip")
    client.get("/", Accept_Encoding="deflate")
    client.get("/", Accept_Encoding="br;q=0.5, gzip")
