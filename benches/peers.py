"""The servers that are compared, and how each is prepared and started."""

import importlib
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from measure import CACHE

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = ROOT / "target" / "bench"
WASGI = ROOT / "target" / "dist" / "wasgi"
WASMTIME = CACHE.expanduser() / "engines" / "wasmtime" / "bin" / "wasmtime"
BIN = Path(sysconfig.get_path("scripts"))
#: As many as the machine has, for every server that wants to be told.
WORKERS = str(len(os.sched_getaffinity(0)))


class Unavailable(Exception):
    """Why a peer takes no part: its message is printed in the peer's row."""


@dataclass(frozen=True)
class App:
    name: str
    folder: Path
    #: With the packages as WebAssembly can use them: without those that are only servers.
    packages: Path
    #: What the answer must contain, or the peer has not served this application.
    answers: bytes
    #: A directory in its folder that is granted: in a sandbox it hides what the component has of it.
    granted: str = ""


class Peer(NamedTuple):
    name: str
    #: What a request has to itself.
    isolation: str
    version: Callable[[], str]
    #: The command, given the application and the port.
    command: Callable[[App, int], list]


def apps() -> list[App]:
    flask, django = packages("examples/flask_app"), packages("tests/django")
    return [
        App("hello", HERE / "apps/hello", flask, b"Hello, world!"),
        App("Flask hello", HERE / "apps/flask_hello", flask, b"Hello, world!"),
        App("Flask template, 100 rows", HERE / "apps/flask_template", flask, b"Item &lt;99&gt;<td>123.75"),
        App(
            "Django, one ORM query", HERE / "apps/django_query", django, b'{"name": "Item 9", "price": 11.25}'
        ),
        App(
            "SQLite, one query in a granted directory",
            HERE / "apps/sqlite_query",
            flask,
            b'{"name": "Item 9", "price": 11.25}',
            granted="data",
        ),
    ]


def make_databases() -> None:
    for script in sorted(HERE.glob("apps/*/make_database.py")):
        subprocess.run([sys.executable, script], check=True)


def packages(where: str) -> Path:
    """The site-packages of a virtual environment that `just requirements` made."""
    return next((ROOT / where / ".venv" / "lib").glob("python3*/site-packages"))


def distribution(name: str, requirements: str = "") -> Callable[[], str]:
    """Gives the version of a package; installs it first where it has requirements of its own.

    Those have platform-specific wheels: a machine without one still compares with all the others.
    """

    @cache
    def version() -> str:
        if requirements:
            pip = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--require-hashes",
                "-r",
                str(HERE / "peers" / requirements),
            ]
            done = subprocess.run(pip, check=False, capture_output=True, text=True)
            if done.returncode:
                raise Unavailable(f"pip cannot install it: {last_line(done.stderr)}")
        shown = [sys.executable, "-c", f"import importlib.metadata as m; print(m.version({name!r}))"]
        return f"{name} {output(shown)}"

    return version


def output(command: list) -> str:
    """What a command prints.

    # Errors
    Unavailable when it is not there or fails.
    """
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError as error:
        raise Unavailable(str(error)) from error
    if done.returncode:
        raise Unavailable(f"{Path(str(command[0])).name} failed: {last_line(done.stderr)}")
    return done.stdout.strip()


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["(no message)"])[-1]


def output_file(app: App, tool: str) -> Path:
    folder = WORK / tool
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{app.folder.name}.wasm"


@cache
def built_by_wasgi(app: App) -> Path:
    component = output_file(app, "wasgi")
    sources = [app.folder / "app.py", "--site-packages", app.packages]
    options = ["--warm", "/", *(["--filesystem"] if app.granted else [])]
    output([WASGI, "build", *sources, *options, "--output", component])
    return component


@cache
def built_by_componentize_py(app: App) -> Path:
    component = output_file(app, "componentize-py")
    world = ["-q", "-d", wasi_http(), "-w", "wasi:http/proxy"]
    paths = [word for path in (HERE / "peers", app.folder, app.packages) for word in ("-p", path)]
    output([BIN / "componentize-py", *world, "componentize", *paths, "-o", component, "componentized"])
    return component


def wasgi(app: App, port: int) -> list:
    grants = ["--dir", f"{app.folder / app.granted}:/app/{app.granted}"] if app.granted else []
    return [WASGI, "serve", built_by_wasgi(app), "--bind", f"127.0.0.1:{port}", *grants]


def componentize_py(app: App, port: int) -> list:
    # The application's folder, where componentize-py had it at the build: Django's database is in it.
    options = ["-S", "cli", "--dir", f"{app.folder}::/1"]
    return [WASMTIME, "serve", *options, "--addr", f"127.0.0.1:{port}", built_by_componentize_py(app)]


def wasi_http() -> Path:
    """The WIT files of the wasmtime that we stand on."""
    sys.path.insert(0, str(ROOT / "guest"))
    # Not `from build import`: python-wasm has a module of that name as well.
    folder: Path = importlib.import_module("build").crate("wasmtime-wasi-http")
    return folder / "wit"


def gunicorn(*options: str) -> Callable[[App, int], list]:
    def command(app: App, port: int) -> list:
        chosen = ["--workers", WORKERS, *options]
        return [
            sys.executable,
            "-m",
            "gunicorn",
            *chosen,
            "--bind",
            f"127.0.0.1:{port}",
            "--chdir",
            app.folder,
            "app:app",
        ]

    return command


def granian(app: App, port: int) -> list:
    chosen = ["--interface", "wsgi", "--workers", WORKERS, "--no-ws", "--working-dir", app.folder]
    return [BIN / "granian", *chosen, "--host", "127.0.0.1", "--port", str(port), "app:app"]


def waitress(app: App, port: int) -> list:
    return [BIN / "waitress-serve", "--threads", "4", "--listen", f"127.0.0.1:{port}", "app:app"]


def forking(app: App, port: int) -> list:
    return [sys.executable, HERE / "peers" / "forking.py", str(port)]


def componentize_versions() -> str:
    return f"{distribution('componentize-py', 'componentize.txt')()} + {output([WASMTIME, '--version'])}"


def all_peers() -> list[Peer]:
    return [
        Peer("wasgi", "instance", lambda: output([WASGI, "--version"]), wasgi),
        Peer(f"gunicorn sync, {WORKERS} workers", "none", distribution("gunicorn"), gunicorn()),
        Peer(
            f"gunicorn gthread, {WORKERS} x 4 threads",
            "none",
            distribution("gunicorn"),
            gunicorn("--threads", "4"),
        ),
        Peer(f"granian, {WORKERS} workers", "none", distribution("granian", "granian.txt"), granian),
        Peer("waitress, 4 threads", "none", distribution("waitress"), waitress),
        Peer("fork per request, native", "process", lambda: "socketserver, wsgiref", forking),
        Peer("componentize-py + wasmtime serve", "instance", componentize_versions, componentize_py),
    ]
