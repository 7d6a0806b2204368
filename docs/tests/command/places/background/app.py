import threading

from flask import Flask, request
from tasks import DATA, write_letter

app = Flask(__name__)


@app.get("/")
def index():
    return "A form"


@app.post("/letters")
def order_letter():
    write_letter(request.form["name"])
    return "It will be written\n", 202


def count(page):
    with open(DATA / "visits", "a") as visits:
        print(page, file=visits)


@app.post("/visits")
def visit():
    threading.Thread(target=count, args=[request.form["page"]]).start()
    return "", 204
