"""Flask with a Jinja template of 100 rows, escaped, with a filter and a condition in each."""

from flask import Flask, render_template

app = Flask(__name__)
ROWS = [
    {"number": number, "name": f"Item <{number}>", "price": number * 1.25, "sold_out": number % 7 == 0}
    for number in range(100)
]


@app.get("/")
def rows():
    return render_template("rows.html", rows=ROWS)
