"""An application of `apps/`, served by wasgi in sandboxes, or natively by a Python with the packages."""

import contextlib
import http.client
import os
import re
import subprocess
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
APPS = HERE / "apps"
PACKAGES = HERE / ".venv"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parents[2] / "target"))
#: Seconds for an answer, on a machine that has other work, too.
PATIENCE = 120
#: Seconds until it serves: the first with a set of packages compiles the interpreter.
START = 600


class Server:
    """A server process, its address and what it logs."""

    def __init__(self, command, folder):
        self.process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, "VIRTUAL_ENV": str(PACKAGES)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="backslashreplace",
        )
        self.lines = []
        self.grown = threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        try:
            self.address = self.wait_for(r"ready on http://(\S+)", START)[1]
        except BaseException:
            self.end()
            raise

    def read(self):
        for line in self.process.stderr:
            with self.grown:
                self.lines.append(line)
                self.grown.notify_all()
        with self.grown:
            self.lines.append("(the server has ended)\n")
            self.grown.notify_all()

    @property
    def log(self):
        return "".join(self.lines)

    def wait_for(self, pattern, seconds=PATIENCE):
        """The match of what the server logs; fails with the log where that does not come."""
        with self.grown:
            found = lambda: re.search(pattern, self.log)  # noqa: E731
            self.grown.wait_for(lambda: found() or self.log.endswith("(the server has ended)\n"), seconds)
            if not found():
                raise AssertionError(f"nothing like {pattern!r} in the log:\n{self.log}")
            return found()

    def ask(self, path, method="GET", body=None, **headers):
        """Status and body of the answer."""
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.reader.join()
        self.process.stderr.close()


@contextlib.contextmanager
def sandboxed(app, *options, folder=APPS):
    """The application by `wasgi run`."""
    server = Server([TARGET / "release/wasgi", "run", app, "--bind", "127.0.0.1:0", *options], folder)
    try:
        yield server
    finally:
        server.end()


@contextlib.contextmanager
def native(module, folder=APPS):
    server = Server([PACKAGES / "bin/python", HERE / "natively.py", module], folder)
    try:
        yield server
    finally:
        server.end()
