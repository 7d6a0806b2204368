"""Werkzeug's debugger: the page of an exception with sources, and what the page loads."""

APP = "app.py:application"
NATIVE = "app:application"
MEASURED = False
PINS = "flaskr"
VARIES = [r'(?<=SECRET = ")\w+', r"\b\d{12,}\b", r"(?<=id=.frame-)\d+"]
#: The page of the debugger, not the one of `wasgi run`.
ERROR_PAGE = True
REMARK = "Its console finds no frame: a frame lives in the memory of the request that failed."


def exercise(client):
    client.get("/")
    page = client.get("/fails", 500)
    for text in ("TypeError", "unsupported operand", "return price / 2", "__debugger__"):
        assert text in page.text, page.text[-2000:]
    client.get("/fails?__debugger__=yes&cmd=resource&f=debugger.js")
    client.get("/fails?__debugger__=yes&cmd=resource&f=style.css")
    client.get("/nowhere", 404)
