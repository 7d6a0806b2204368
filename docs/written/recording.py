"""Draws docs/recording.svg from a session of real commands: `./just reference`.

A server runs examples/bomb.py; a client asks for a page, for more memory than there is, and for the page again.
"""

import contextlib
import html
import os
import re
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from command_line import BINARY, REPOSITORY

PICTURE = REPOSITORY / "docs" / "recording.svg"
APP = "examples/bomb.py"
PATHS = ["/", "/bomb", "/"]
#: What stands for the port that the kernel chooses.
SHOWN = "http://127.0.0.1:8000"
#: Characters of a line, pixels of a character and of a line.
COLUMNS, WIDTH, HEIGHT = 118, 7.25, 18
#: Seconds between lines that appear.
PACE = 0.3

STYLE = """
    text { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }
    .screen { fill: #f6f8fa; stroke: #d1d9e0 }
    .typed { fill: #0550ae; font-weight: bold }
    .bad { fill: #d1242f }
    .line { animation: appear 1ms backwards }
    @keyframes appear { from { opacity: 0 } }
    @media (prefers-reduced-motion: reduce) { .line { animation: none } }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .screen { fill: #151b23; stroke: #3d444d }
      .typed { fill: #79c0ff }
      .bad { fill: #ff7b72 }
    }
"""


def session(binary: Path = BINARY) -> list[str]:
    """Types the commands, and gives what a terminal shows: a line behind `$ ` was typed."""
    # The first run compiles, and says how long that took.
    with _served(binary) as (log, _):
        _until("ready on ", log)
    with _served(binary) as (log, lines):
        lines.extend(_until("ready on ", log))
        found = re.search(r"ready on (http://\S+)", lines[-1])
        assert found is not None
        address = found[1]
        for path in PATHS:
            lines.extend([f"$ curl {SHOWN}{path}", _ask(address + path), *_until(f" GET {path} ", log)])
    return [line.replace(address, SHOWN).replace(str(REPOSITORY), "/home/you/wasgi") for line in lines]


@contextlib.contextmanager
def _served(binary: Path) -> Iterator[tuple[TextIO, list[str]]]:
    """Gives the log of a server that ends with the block, and the lines of a terminal so far."""
    command = [str(binary), "run", APP, "--bind", "127.0.0.1:0"]
    reader, writer = os.pipe()
    with open(reader) as log, open(writer, "w") as output:
        server = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stderr=output)
        output.close()
        try:
            yield log, [f"$ wasgi run {APP}"]
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


def _until(text: str, log: TextIO) -> list[str]:
    """The lines of the log up to the first one with `text` in it."""
    lines = [_next(log)]
    while text not in lines[-1]:
        lines.append(_next(log))
    return lines


def _next(log: TextIO) -> str:
    line = log.readline()
    if not line:
        raise SystemExit("error: the server ended")
    return line.rstrip("\n")


def _ask(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.read().decode().rstrip("\n")
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode().rstrip("\n")


def picture(lines: list[str]) -> str:
    """The lines as a terminal that fills, light or dark."""
    rows = [(row, index) for index, line in enumerate(lines) for row in _rows(line)]
    width, height = round(COLUMNS * WIDTH + 32), len(rows) * HEIGHT + 28
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "  <title>A memory bomb ends alone: a recorded session</title>",
        f"  <style>{STYLE}  </style>",
        f'  <rect class="screen" x="1" y="1" width="{width - 2}" height="{height - 2}" rx="8"/>',
    ]
    for number, (row, index) in enumerate(rows):
        kind = "typed" if lines[index].startswith("$ ") else "bad" if "memory cap of" in lines[index] else ""
        parts.append(
            f'  <text class="line {kind}" x="16" y="{26 + number * HEIGHT}" style="animation-delay: {index * PACE:.1f}s">'
            f"{html.escape(row)}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


def _rows(line: str) -> list[str]:
    """The line as a terminal of COLUMNS breaks it."""
    return [line[at : at + COLUMNS] for at in range(0, len(line), COLUMNS)] or [""]


if __name__ == "__main__":
    PICTURE.write_text(picture(session()))
