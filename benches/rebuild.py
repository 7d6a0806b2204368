"""How soon an edit is served: `wasgi run`, from the write of a file to the first answer that shows it.

An application is edited five times in each way. Until the new answer comes, one client asks on a connection
that it keeps, another one on a new connection each time. `./just rebuild` runs it.
"""

import argparse
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EDITS = 5
#: Seconds.
PATIENCE, PAUSE = 300, 0.005

HELLO = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello EDIT"]
"""
FLASK = """
import importlib.util

import flask

app = flask.Flask(__name__)


@app.get("/")
def index():
    return flask.render_template("index.html", code="EDIT", more=importlib.util.find_spec("six") is not None)
"""
TEMPLATE = "<!doctype html><title>EDIT</title><p>{{ code }} {{ more }}</p>\n"
REQUIREMENTS = "flask==3.1.2\n"


class Server:
    """`wasgi run` in a folder, until it is left."""

    def __init__(self, binary: str, folder: Path):
        environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        command = [binary, "run", "app.py", "--bind", "127.0.0.1:0"]
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.log: list[str] = []
        self._ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._ready.wait(PATIENCE) or not self.log[-1].count("ready on"):
            sys.exit("it does not get ready:\n" + "\n".join(self.log))
        found = re.search(r"http://(\S+)", self.log[-1])
        assert found
        self.address = found[1]

    def _read(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            self.log.append(line.rstrip())
            if "wasgi: ready on" in line:
                self._ready.set()
        self._ready.set()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


def answer(connection: http.client.HTTPConnection) -> str:
    connection.request("GET", "/")
    response = connection.getresponse()
    text = response.read().decode()
    if response.status != 200:
        raise AssertionError(f"{response.status}: {text}")
    return text


def until(address: str, shown: str, keeps: bool) -> float:
    """Asks until an answer shows the edit; returns when."""
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    end = time.monotonic() + PATIENCE
    while shown not in answer(connection):
        if not keeps:
            connection.close()
        if time.monotonic() > end:
            raise AssertionError(f"{shown!r} is not served")
        time.sleep(PAUSE)
    return time.monotonic()


def timed(server: Server, edit: Callable[[int], str], number: int) -> list[float]:
    """Edits; returns the seconds to the new answer, on a connection that is kept and on new ones."""
    times = [0.0, 0.0]
    began = time.monotonic()
    shown = edit(number)

    def ask(which: int) -> None:
        times[which] = until(server.address, shown, which == 0) - began

    threads = [threading.Thread(target=ask, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def edits(folder: Path, is_flask: bool) -> dict[str, Callable[[int], str]]:
    """The ways to edit an application; each returns what the next answer shows."""

    def code(number: int) -> str:
        (folder / "app.py").write_text((FLASK if is_flask else HELLO).replace("EDIT", f"code{number}"))
        return f"code{number}"

    def template(number: int) -> str:
        (folder / "templates" / "index.html").write_text(TEMPLATE.replace("EDIT", f"page{number}"))
        return f"page{number}"

    def requirements(number: int) -> str:
        more = number % 2 == 1
        (folder / "requirements.txt").write_text(REQUIREMENTS + ("six==1.17.0\n" if more else ""))
        return f" {more}</p>"

    return {"Python": code, **({"template": template, "requirements.txt": requirements} if is_flask else {})}


def measure(binary: str, name: str, is_flask: bool, settle: float) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "templates").mkdir()
        if is_flask:
            (folder / "requirements.txt").write_text(REQUIREMENTS)
            (folder / "templates" / "index.html").write_text(TEMPLATE)
        ways = edits(folder, is_flask)
        ways["Python"](0)
        with Server(binary, folder) as server:
            for way, edit in ways.items():
                times = []
                for number in range(1, EDITS + 1):
                    time.sleep(settle)
                    times.append(timed(server, edit, number))
                kept, new = (statistics.median(column) for column in zip(*times, strict=True))
                print(f"| {name} | {way} | {kept:.2f} s | {new:.2f} s |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", nargs="?", default=str(ROOT / "target" / "release" / "wasgi"))
    #: Seconds between an answer and the next edit.
    parser.add_argument("--settle", type=float, default=2.0)
    arguments = parser.parse_args()
    binary = shutil.which(arguments.binary) or sys.exit(
        f"{arguments.binary} is not there: `./just build` makes it"
    )
    print(f"Median of {EDITS} edits, from the write to the first new answer\n")
    print("| application | edited | on a kept connection | on new connections |\n|---|---|---|---|")
    measure(binary, "hello", is_flask=False, settle=arguments.settle)
    measure(binary, "Flask", is_flask=True, settle=arguments.settle)


if __name__ == "__main__":
    main()
