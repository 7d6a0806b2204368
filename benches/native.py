"""The typical work of packages with native code, in a sandbox and natively: `./just native-bench [NAME]`.

Both sides do the same by turns, and time it themselves, so that requests, sockets and start are in neither.
The rows are of the median turn.
"""

import contextlib
import json
import os
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/native/all"))

import postgresql
import servers

FOLDER = Path(__file__).resolve().parent / "apps/native_work"
# The applications with work, one after the other unless one is named.
APPS = ["packages", "libraries", "numpy_work", "tokenizing", "drivers"]
TURNS = 5
# argon2's defaults take 64 MiB.
OPTIONS = ["--memory", "256MiB", "--timeout", "60s"]


def main(chosen):
    print("| work | native | sandbox | factor |\n|---|---|---|---|")
    for app in chosen or APPS:
        compare(app)


@contextlib.contextmanager
def beside(app):
    """What the application talks to: gives the options that let it."""
    if app != "drivers":
        yield []
        return
    with postgresql.started() as database:
        about = {"HOST": "127.0.0.1", "PORT": str(database.port), "USER": "owner", "DATABASE": "postgres"}
        about = {f"PG{name}": value for name, value in {**about, "PASSWORD": postgresql.PASSWORD}.items()}
        os.environ.update(about, PGSSLMODE="disable")
        yield [
            "--allow-net",
            f"127.0.0.1:{database.port}",
            *(f"--env={name}" for name in [*about, "PGSSLMODE"]),
        ]


def compare(app):
    with (
        beside(app) as options,
        servers.sandboxed(f"{app}.py", *OPTIONS, *options, folder=FOLDER) as sandbox,
        servers.native(app, folder=FOLDER) as reference,
    ):
        for number, work in enumerate(asked(reference, "")):
            turns = [(asked(reference, number), asked(sandbox, number)) for _ in range(TURNS)]
            one, other = (statistics.median(side) for side in zip(*turns, strict=True))
            print(f"| {work} | {text(one)} | {text(other)} | {other / one:.1f} |", flush=True)


def asked(server, number):
    status, answer = server.ask(f"/{number}")
    if status != 200:
        sys.exit(f"{answer}\n{server.log}")
    return json.loads(answer)


def text(seconds):
    return f"{seconds * 1000:,.1f} ms" if seconds > 0.001 else f"{seconds * 1e6:,.0f} µs"


if __name__ == "__main__":
    main(sys.argv[1:])
