"""pyramid_debugtoolbar: turns itself off, as it does under gunicorn with several workers, and says why."""

APP = "app.py"
NATIVE = "app:app"
MEASURED = False
PINS = "pyramid"
REMARK = "It keeps its history in the memory of one process; `wsgi.multiprocess` is true here."


def exercise(client):
    page = client.get("/", Accept="text/html")
    assert "pDebug" not in page.text, page.text


def check_log(log):
    assert "pyramid_debugtoolbar has detected" in log, log
