"""Passes every test, and tells how far it is: `./just test`."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python-wasm"))

from recipe import machine, silence
from recipe.base import REPOSITORY, RecipeError
from recipe.progress import Progress

JUST = [str(REPOSITORY / "just")]
CARGO = ["cargo", "test", "--release", "--locked", "--workspace"]
# No test waits longer for anything.
SILENCE = 15 * 60
# Of those in tests/applications, the ones that take seconds each.
APPLICATIONS = ("bottle", "falcon", "flaskr", "pyramid")

# Name, what it does, seconds on two idle cores the first time, command.
STEPS = [
    ("requirements", "the packages of the examples", 15, [*JUST, "requirements"]),
    ("corpora", "others' tests, requests and frameworks, into .tools/", 30, [*JUST, "corpora"]),
    ("servers", "databases, proxies, Prometheus and more, once per machine", 15, [*JUST, "servers"]),
    ("engines", "wasmtime's own command, jco and wasmCloud, once per machine", 280, [*JUST, "engines"]),
    ("python", "the gateway and the recipes on ordinary Python", 10, [*JUST, "test-python"]),
    ("smoke", "CPython's modules under wasmtime", 15, [sys.executable, "python-wasm/build.py", "smoke"]),
    ("compile", "the host's tests", 90, [*CARGO, "--no-run"]),
    ("host", "unit tests, then the host over real HTTP", 600, CARGO),
    (
        "applications",
        "small real applications beside gunicorn",
        60,
        [*JUST, "test-applications", *APPLICATIONS],
    ),
    ("docs", "the commands of README and guide", 20, [*JUST, "test-docs"]),
]


def main():
    """Gives the exit code of what failed, or 0."""
    machine.require(for_tests=True)
    # What it builds it numbers itself.
    code = subprocess.call([*JUST, "build"], cwd=REPOSITORY)
    told = Progress(len(STEPS))
    for name, about, seconds, command in STEPS:
        if code:
            break
        with told.step(name, about, seconds):
            if command is CARGO:
                code = silence.call(command, REPOSITORY, SILENCE)
            else:
                code = subprocess.call(command, cwd=REPOSITORY)
    return code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RecipeError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted; run the same command again to go on")
