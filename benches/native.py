"""The typical work of packages with native code, in a sandbox and natively: `./just native-bench [NAME]`.

Both sides do the same by turns, and time it themselves, so that requests, sockets and start are in neither.
The rows are of the median turn.
"""

import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/native/all"))

import servers

FOLDER = Path(__file__).resolve().parent / "apps/native_work"
# The applications with work, one after the other unless one is named.
APPS = ["packages", "libraries", "numpy_work", "tokenizing"]
TURNS = 5
# argon2's defaults take 64 MiB.
OPTIONS = ["--memory", "256MiB", "--timeout", "60s"]


def main(chosen):
    print("| work | native | sandbox | factor |\n|---|---|---|---|")
    for app in chosen or APPS:
        compare(app)


def compare(app):
    sandboxed = servers.sandboxed(f"{app}.py", *OPTIONS, folder=FOLDER)
    native = servers.native(app, folder=FOLDER)
    with sandboxed as sandbox, native as reference:
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
