"""What a connection for each request costs: a page of Flask with one query from PostgreSQL.

wasgi connects in each request, to PostgreSQL itself or to PgBouncer in front of it. gunicorn does the same,
and beside that it keeps connections in SQLAlchemy's pool. All servers run at the same time and are asked in
turns, so that what else the machine does hits each: `just databases`.
"""

import argparse
import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Sample, fetch, load

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "benches/apps/postgresql_query"
ANSWER = b"<td>Item 9<td>11.25"
PASSWORD = "of-the-benchmark"
#: Seconds for a server to start: the first one may compile all of CPython.
PATIENCE = 300
NOBODY = 65534
#: Runs a program as nobody and leaves it one privilege of root, to read its package in root's cache.
AS_NOBODY = [
    "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--securebits=+no_setuid_fixup",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
]
ROWS = (
    "create table item (name text, price numeric(8, 2));"
    "insert into item select 'Item ' || n, n * 1.25 from generate_series(0, 99) n"
)
POOLED = "gunicorn, SQLAlchemy's pool"


class Servers:
    """Starts servers, each with a folder of nobody's; all end with the stack."""

    def __init__(self, stack: contextlib.ExitStack, wasgi: str) -> None:
        self.stack = stack
        self.wasgi = wasgi
        fetch_py = [sys.executable, str(ROOT / "tests/servers/fetch.py"), "print"]
        self.unpacked = Path(
            subprocess.run(fetch_py, check=True, capture_output=True, text=True).stdout.strip()
        )
        if not self.unpacked.is_dir():
            sys.exit(f"{self.unpacked} is missing: run `./just servers`")
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.own(self.folder)

    def own(self, path: Path) -> Path:
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        return path

    def packaged(self, program: str, *words: object) -> list[str]:
        path = next(self.unpacked.glob(program))
        libraries = f"LD_LIBRARY_PATH={self.unpacked}/usr/lib/x86_64-linux-gnu"
        return [
            *(AS_NOBODY if os.geteuid() == 0 else []),
            "env",
            libraries,
            "LC_ALL=C",
            str(path),
            *map(str, words),
        ]

    def start(self, command: list, ready: str, environ: dict[str, str] | None = None) -> tuple[int, str]:
        """Gives the process's id and the line that has `ready`."""
        log = self.stack.enter_context(tempfile.TemporaryFile("w+"))  # noqa: SIM115 -- the stack closes it
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **(environ or {})})
        self.stack.callback(process.wait)
        self.stack.callback(process.send_signal, signal.SIGINT)
        until = time.monotonic() + PATIENCE
        while True:
            log.seek(0)
            lines = log.read().splitlines()
            if found := next((line for line in lines if ready in line), None):
                return process.pid, found
            if process.poll() is not None or time.monotonic() > until:
                sys.exit("\n".join([f"{command[0]} does not say {ready!r}:", *lines]))
            time.sleep(0.05)

    def postgresql(self) -> int:
        """Gives the port of a server with 100 rows."""
        data, port, secret = self.folder / "data", free_port(), self.folder / "password"
        secret.write_text(PASSWORD)
        initdb = ["-D", data, "--username=owner", "--pwfile", secret, "--auth=scram-sha-256", "--no-sync"]
        programs = "usr/lib/postgresql/*/bin"
        subprocess.run(self.packaged(f"{programs}/initdb", *initdb), check=True, capture_output=True)
        settings = [
            f"port={port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=300",
        ]
        options = [word for setting in settings for word in ("-c", setting)]
        self.start(self.packaged(f"{programs}/postgres", "-D", data, *options), "ready to accept connections")
        psql = self.packaged(
            f"{programs}/psql", "-qXh127.0.0.1", f"-p{port}", "-Uowner", "-c", ROWS, "postgres"
        )
        subprocess.run(psql, check=True, env={**os.environ, "PGPASSWORD": PASSWORD})
        return port

    def pgbouncer(self, server: int, login: str) -> int:
        """Gives the port of a pool for transactions, with one kind of login."""
        users, settings, port = self.folder / "users.txt", self.folder / f"{login}.ini", free_port()
        users.write_text(f'"owner" "{PASSWORD}"\n')
        settings.write_text(
            f"[databases]\npostgres = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {port}\nunix_socket_dir =\nauth_type = {login}\nauth_file = {users}\n"
            "pool_mode = transaction\ndefault_pool_size = 8\nmax_client_conn = 1000\n"
            "log_connections = 0\nlog_disconnections = 0\n"
        )
        self.start(self.packaged("usr/sbin/pgbouncer", settings), "process up")
        return port

    def served_by_wasgi(self, port: int, by: str) -> tuple[int, int]:
        command = [
            self.wasgi,
            "run",
            APP / "app.py",
            "--bind",
            "127.0.0.1:0",
            "--allow-net",
            f"127.0.0.1:{port}",
        ]
        command += ["--env", f"DATABASE={address(port)}", "--env", f"BY={by}", "--warm", "/warm"]
        pid, line = self.start(command, "wasgi: ready on", {"VIRTUAL_ENV": sys.prefix})
        return pid, port_of(line)

    def served_by_gunicorn(self, port: int, by: str, pool: str = "") -> tuple[int, int]:
        workers = ["--workers", str(len(os.sched_getaffinity(0)))]
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            *workers,
            "--bind",
            "127.0.0.1:0",
            "--chdir",
            APP,
            "app:app",
        ]
        pid, line = self.start(command, "Listening at", {"DATABASE": address(port), "BY": by, "POOL": pool})
        return pid, port_of(line)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def port_of(line: str) -> int:
    return int(line.split("http://127.0.0.1:")[1].split(maxsplit=1)[0])


def address(port: int) -> str:
    return f"postgresql+pg8000://owner:{PASSWORD}@127.0.0.1:{port}/postgres"


def wait_for_answer(pid: int, port: int) -> None:
    until = time.monotonic() + PATIENCE
    while ANSWER not in (answer := fetch_when_up(port)):
        if time.monotonic() > until:
            sys.exit(f"process {pid} answers {answer!r}")


def fetch_when_up(port: int) -> bytes:
    try:
        return fetch(port)
    except ConnectionError:
        time.sleep(0.05)
        return b""


def shown(name: str, samples: list[Sample], pooled: float) -> str:
    def median(field: str) -> float:
        return statistics.median(getattr(sample, field) for sample in samples)

    failures = sum(sample.failures for sample in samples)
    cells = [
        f"{median('rate'):.0f}",
        f"{median('rate') / pooled:.2f}",
        f"{median('p50') * 1e3:.1f}",
        f"{median('p99') * 1e3:.1f}",
        f"{median('cpu') * 1e3:.1f}",
    ]
    return f"| {name} | {' | '.join(cells)} |" + (f" {failures} failed" if failures else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wasgi", default=str(ROOT / "target/dist/wasgi"), help="the command to measure")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=8)
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        servers = Servers(stack, given.wasgi)
        server = servers.postgresql()
        pool, trusting = servers.pgbouncer(server, "scram-sha-256"), servers.pgbouncer(server, "trust")
        running = {
            "wasgi, SQLAlchemy": servers.served_by_wasgi(server, "sqlalchemy"),
            "wasgi, SQLAlchemy, PgBouncer": servers.served_by_wasgi(pool, "sqlalchemy"),
            "wasgi, pg8000": servers.served_by_wasgi(server, "pg8000"),
            "wasgi, pg8000, PgBouncer": servers.served_by_wasgi(pool, "pg8000"),
            "wasgi, pg8000, PgBouncer without a login": servers.served_by_wasgi(trusting, "pg8000"),
            "wasgi, no query": servers.served_by_wasgi(server, "nothing"),
            "gunicorn, pg8000": servers.served_by_gunicorn(server, "pg8000"),
            "gunicorn, pg8000, PgBouncer": servers.served_by_gunicorn(pool, "pg8000"),
            POOLED: servers.served_by_gunicorn(server, "sqlalchemy", "yes"),
        }
        for process in running.values():
            wait_for_answer(*process)
        samples: dict[str, list[Sample]] = {name: [] for name in running}
        for _ in range(given.turns):
            for name, (pid, port) in running.items():
                samples[name].append(load(pid, port, given.connections, given.seconds))
    pooled = statistics.median(sample.rate for sample in samples[POOLED])
    print(f"{given.connections} clients, {given.turns} turns of {given.seconds:.0f} s, medians\n")
    print("| | requests/s | of gunicorn's pool | p50 ms | p99 ms | CPU ms of the server |")
    print("|---|---|---|---|---|---|")
    for name, of_one in samples.items():
        print(shown(name, of_one, pooled))


if __name__ == "__main__":
    main()
