"""An application's environment and folders, and the two servers: gunicorn, and wasgi."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python-wasm"))

from recipe.version import SERIES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = Path(os.environ.get("WASGI_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "wasgi")
UV = ROOT / "tests/build/.venv/bin/uv"
#: Seconds for a server to be ready: the first build with new native code compiles the whole interpreter.
PATIENCE = 400


def native_python() -> str:
    """The machine's Python of the guest's series; without one its number, for which uv installs its own build."""
    asked = [sys.executable, ROOT / "benches/native_python.py"]
    found = subprocess.run(asked, check=False, capture_output=True, text=True)
    return found.stdout.strip() if found.returncode == 0 else SERIES


class Environment:
    """A virtual environment with an application's packages, kept in the cache until its pins change."""

    def __init__(self, folder: Path) -> None:
        self.pins = folder / "requirements.txt"
        self.sources = folder / "sources.txt"
        pinned = b"".join(file.read_bytes() for file in (self.pins, self.sources) if file.exists())
        name = f"{folder.name}-{hashlib.sha256(pinned).hexdigest()[:12]}"
        self.folder = CACHE.expanduser() / "applications" / name
        if not (self.folder / "complete").exists():
            self.make()

    def make(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        run(UV, "venv", "--quiet", "--python", native_python(), self.folder)
        pip = [UV, "pip", "install", "--quiet", "--python", self.folder, "--require-hashes", "--no-deps"]
        run(*pip, "-r", self.pins)
        if self.sources.exists():
            self.unpack()
        (self.folder / "complete").touch()

    def unpack(self) -> None:
        """Fetches source distributions, for what only they hold; pip builds their metadata on the way."""
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
        pinned = [
            "--no-build-isolation",
            "--require-hashes",
            "-r",
            self.sources,
            "-d",
            self.folder / "sources",
        ]
        run(*download, *pinned, environment={"PYTHONPATH": str(self.packages)})
        for archive in (self.folder / "sources").glob("*.tar.gz"):
            with tarfile.open(archive) as opened:
                opened.extractall(self.folder / "sources", filter="data")

    @property
    def packages(self) -> Path:
        return next(self.folder.glob("lib/python*/site-packages"))

    def program(self, name: str) -> Path:
        return self.folder / "bin" / name


class Project:
    """A folder with an application, and the environment that it has; each server has a copy."""

    def __init__(self, application: ModuleType, environment: Environment, folder: Path) -> None:
        self.application, self.environment, self.folder = application, environment, folder
        self.data = getattr(application, "DATA", "")

    def path(self, name: str) -> Path:
        return self.folder / name

    def run(self, program: str, *words: object, **environment: str) -> None:
        """Runs a program of the environment natively in the project's folder."""
        path = self.environment.program(program)
        run(path, *words, folder=self.folder, environment=self.variables(str(self.folder)) | environment)

    def write(self, name: str, text: str) -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text)

    def variables(self, seen_at: str) -> dict[str, str]:
        """What the application is given, by a server that shows it its folder at this path."""
        given = getattr(self.application, "ENVIRONMENT", {})
        return {name: value.replace("{app}", seen_at) for name, value in given.items()}

    def copied(self, folder: Path) -> "Project":
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(self.application, self.environment, folder)


class Server:
    """A process that serves; it has said on which port."""

    def __init__(self, command: list, ready: str, folder: Path, environment: dict[str, str]) -> None:
        self.name = Path(str(command[0])).name
        self.log_file = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 -- `close` does
        self.process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            stdout=self.log_file,
            stderr=self.log_file,
            env=os.environ | environment,
        )
        until = time.monotonic() + PATIENCE
        while not (found := re.search(ready, self.log())):
            if self.process.poll() is not None or time.monotonic() > until:
                self.close()
                raise AssertionError(f"{self.name} serves nothing:\n{self.text}")
            time.sleep(0.02)
        self.port = int(found[1])

    def log(self) -> str:
        self.log_file.seek(0)
        return self.log_file.read()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.text = self.log()
        self.log_file.close()


def gunicorn(project: Project) -> Server:
    """Two workers, as everywhere in the comparison."""
    command = [project.environment.program("python"), "-m", "gunicorn", "--workers", "2", "--timeout", "120"]
    named = getattr(project.application, "NATIVE", project.application.APP)
    bind = ["--bind", "127.0.0.1:0", named]
    ready = r"Listening at: http://127\.0\.0\.1:(\d+)"
    return Server(command + bind, ready, project.folder, project.variables(str(project.folder)))


def options(project: Project) -> list[str]:
    """What the sandbox is given: its directory, and variables."""
    grants = ["--dir", f"{project.path(project.data)}:/app/{project.data}"] if project.data else []
    given = [word for pair in project.variables("/app").items() for word in ("--env", "=".join(pair))]
    warmed = [word for path in getattr(project.application, "WARM", []) for word in ("--warm", path)]
    return grants + given + warmed + getattr(project.application, "OPTIONS", [])


def wasgi(project: Project, binary: Path) -> Server:
    command = [binary, "run", project.application.APP, "--bind", "127.0.0.1:0", "--expose-usage"]
    if not getattr(project.application, "ERROR_PAGE", False):
        command.append("--no-error-page")
    ready = r"wasgi: ready on http://127\.0\.0\.1:(\d+)"
    environment = {"VIRTUAL_ENV": str(project.environment.folder)}
    return Server(command + options(project), ready, project.folder, environment)


def run(*command: object, folder: Path | None = None, environment: dict[str, str] | None = None) -> None:
    """Runs a command that must succeed.

    # Errors
    AssertionError with what it said.
    """
    words = list(map(str, command))
    done = subprocess.run(
        words, check=False, cwd=folder, env=os.environ | (environment or {}), capture_output=True, text=True
    )
    if done.returncode:
        raise AssertionError(f"{' '.join(words)} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")


@contextlib.contextmanager
def prepared(application: ModuleType, folder: Path):
    """Gives a function that makes a copy of the project, all of the same beginning."""
    with tempfile.TemporaryDirectory() as room:
        environment = Environment(HERE / getattr(application, "PINS", folder.name))
        first = Project(application, environment, Path(room, "first"))
        first.folder.mkdir()
        if (folder / "project").is_dir():
            shutil.copytree(folder / "project", first.folder, dirs_exist_ok=True)
        if first.data:
            first.path(first.data).mkdir(exist_ok=True)
        if prepare := getattr(application, "prepare", None):
            prepare(first)
        yield lambda name: first.copied(Path(room, name))
