"""Starts a `wasgi` as its user would, and asks it."""

import contextlib
import re
import subprocess
import threading
import time
import urllib.request
from typing import NamedTuple

#: Seconds. Only what is broken lets them pass.
PATIENCE = 180


class Answer(NamedTuple):
    text: str
    #: Seconds from the start of the process to the whole first answer.
    after: float


def first_answer(command: list, path: str = "/", **started) -> Answer:
    """Serves on a port of the kernel's choice, asks once, stops."""
    with serving([*command, "--bind", "127.0.0.1:0"], **started) as (base, began):
        with urllib.request.urlopen(base + path, timeout=PATIENCE) as answer:
            text = answer.read().decode()
        return Answer(text, time.monotonic() - began)


@contextlib.contextmanager
def serving(command: list, **started):
    """Gives the server's address and when it was started, and stops it. Without either, it shows its log."""
    began = time.monotonic()
    server = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **started,
    )
    watch = threading.Timer(PATIENCE, server.kill)
    watch.start()
    try:
        yield ready(server), began
    finally:
        watch.cancel()
        server.terminate()
        server.communicate()


def ready(server: subprocess.Popen) -> str:
    log = []
    for line in server.stderr:
        log.append(line)
        if found := re.search(r"ready on (http://\S+)", line):
            # One line for each request: unread, it would stop the server in the end.
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return found[1]
    raise SystemExit(f"error: {' '.join(server.args)} does not serve:\n{''.join(log)}")
