#!/usr/bin/env python3
"""Installs a wheel as its users do, and has it serve: pip in a fresh environment, `python -m`, uvx, pipx.

python3 release/tests/wheel_in_use.py dist/wasgi-*.whl
"""

import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from serving import PATIENCE, first_answer

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"
#: Of the tools that install, of which the newest then were tried.
TOOLS = ["uv==0.13.9", "pipx==1.18.4", "auditwheel==6.8.2"]
HELLO = "Hello from a sandbox of your own!\n"


class Environment:
    """A virtual environment, and nothing else on PATH; home and cache are new, too."""

    def __init__(self, folder: Path):
        self.bin = folder / "env" / "bin"
        venv.create(folder / "env", with_pip=True)
        kept = {
            name: value for name, value in os.environ.items() if re.match("PIP_|UV_|SSL_|https?_proxy", name)
        }
        # Where the machine says which index pip asks.
        configuration = Path.home() / ".config" / "pip" / "pip.conf"
        if configuration.exists():
            kept.setdefault("PIP_CONFIG_FILE", str(configuration))
        own = {"PATH": str(self.bin), "HOME": str(folder), "VIRTUAL_ENV": str(folder / "env")}
        self.variables = kept | own | {"LANG": "C.UTF-8", "TMPDIR": str(folder)}

    def run(self, *command) -> str:
        done = subprocess.run(
            [str(word) for word in command],
            env=self.variables,
            cwd=self.variables["HOME"],
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        if done.returncode:
            raise SystemExit(f"error: {' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def install(self, *what) -> None:
        self.run("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what)

    def first(self, *command, path="/"):
        return first_answer(command, path, env=self.variables, cwd=self.variables["HOME"])


def main(wheel: Path) -> None:
    if not wheel.is_file():
        sys.exit(f"error: {wheel} is not there: `./just wheel` makes it")
    version = wheel.name.split("-")[1]
    with tempfile.TemporaryDirectory() as folder:
        by_pip(Environment(Path(folder)), wheel, version)
    with tempfile.TemporaryDirectory() as folder:
        by_others(Environment(Path(folder)), wheel, version)


def on_an_old_glibc(environment: Environment, wheel: Path) -> None:
    """What pip says where glibc is older than the wheel wants; it looks at nothing but the name."""
    newer = wheel.with_name(re.sub(r"manylinux_2_\d+", "manylinux_2_999", wheel.name))
    target = Path(environment.variables["HOME"]) / newer.name
    target.symlink_to(wheel)
    command = ["python", "-m", "pip", "install", "--disable-pip-version-check", target]
    done = subprocess.run(command, env=environment.variables, check=False, capture_output=True, text=True)
    expect(done.returncode == 1 and "is not a supported wheel on this platform" in done.stderr, done.stderr)


def by_pip(environment: Environment, wheel: Path, version: str) -> None:
    on_an_old_glibc(environment, wheel)
    timed("pip install", lambda: environment.install(wheel))
    for command in (["wasgi", "--version"], ["python", "-m", "wasgi", "--version"]):
        said = environment.run(*command)
        expect(re.match(rf"wasgi {re.escape(version)} \(CPython 3\.\d+\.\d+, wasmtime \d+\.", said), said)
        print(f"{' '.join(command)}: {said.strip()}")
    environment.run("python", "-c", "import wasgi; wasgi.after_restore(print)")
    hello = EXAMPLES / "hello.py"
    for cache in ("empty", "warm"):
        answer = environment.first("wasgi", "run", hello)
        expect(answer.text == HELLO, answer.text)
        print(f"wasgi run hello.py, {cache} cache: first answer after {answer.after:.2f} s")
    environment.install("--require-hashes", "-r", EXAMPLES / "flask_app" / "requirements.txt")
    for cache in ("without its packages", "warm"):
        answer = environment.first("wasgi", "run", EXAMPLES / "flask_app" / "app.py", path="/counter")
        expect(answer.text.strip() == '{"requests_seen":1}', answer.text)
        print(f"wasgi run flask_app/app.py, cache {cache}: first answer after {answer.after:.2f} s")
    packed_once(environment)
    answer = environment.first("python", "-m", "wasgi", "run", hello)
    expect(answer.text == HELLO, answer.text)


def packed_once(environment: Environment) -> None:
    """The guest has its own module: nothing of the wheel that installs the command goes into an image."""
    answer = environment.first("wasgi", "run", HERE / "looking" / "app.py")
    expect(answer.text == "/wasgi/wasgi/__init__.pyc", answer.text)
    print("in the sandbox: the guest's own module, and nothing of the wheel")


def by_others(environment: Environment, wheel: Path, version: str) -> None:
    environment.install(*TOOLS)
    # uvx takes no Python of a virtual environment, and would fetch one.
    environment.variables["UV_PYTHON"] = os.path.realpath(sys.executable)
    shown = environment.run("auditwheel", "show", wheel)
    tag = re.search(r"manylinux_\d+_\d+_\w+(?=\.whl)", wheel.name)[0]
    expect(tag in shown, shown)
    print(f"auditwheel agrees with {tag}")
    for command in (["uvx", "--from", wheel, "wasgi"], ["pipx", "run", "--spec", wheel, "wasgi"]):
        name = command[0]
        said = timed(f"{name} ... --version", lambda command=command: environment.run(*command, "--version"))
        expect(said.startswith(f"wasgi {version} "), said)
        answer = environment.first(*command, "run", EXAMPLES / "hello.py")
        expect(answer.text == HELLO, answer.text)
        print(f"{name} ... run hello.py: first answer after {answer.after:.2f} s")


def timed(what, run):
    began = time.monotonic()
    result = run()
    print(f"{what}: {time.monotonic() - began:.2f} s", flush=True)
    return result


def expect(true, said: str) -> None:
    if not true:
        raise SystemExit(f"error: that was not to be expected: {said}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"error: one wheel is wanted; `./just wheel` makes it\n{__doc__}")
    main(Path(sys.argv[1]).resolve())
