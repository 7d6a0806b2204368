"""What a memory bomb does to other people's requests: wasgi beside gunicorn, in equal control groups.

Each server runs the same application (tests/apps/every.py) in a control group with a memory limit, as in a
container; wasgi caps each request beside that. One client after the other sets off eight memory bombs while
four neighbours ask for /hello without a pause. Needs root, for the control group: `./just neighbours`.
"""

import argparse
import contextlib
import http.client
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ROOT / "tests" / "apps"
BOMBS = ["block", "blocks", "objects", "text", "dictionary", "recursion", "bomb", "response"]
NEIGHBOURS = 4
#: Of the whole server, in bytes.
GROUP_LIMIT = 1 << 30
#: Seconds: longer than any server here takes to kill a worker that has gone wild.
PATIENCE = 60


class Group:
    """A control group with a memory limit and no swap; version 1 or 2, whichever the machine has."""

    def __init__(self) -> None:
        self.is_v2 = Path("/sys/fs/cgroup/cgroup.controllers").exists()
        parent = Path("/sys/fs/cgroup" if self.is_v2 else "/sys/fs/cgroup/memory")
        self.folder = parent / f"wasgi-{os.getpid()}"

    def __enter__(self) -> "Group":
        try:
            self.folder.mkdir()
            name = "memory.max" if self.is_v2 else "memory.limit_in_bytes"
            (self.folder / name).write_text(str(GROUP_LIMIT))
        except OSError as error:
            sys.exit(f"cannot make a control group with a memory limit ({error}): run this as root")
        return self

    def __exit__(self, *_: object) -> None:
        self.folder.rmdir()

    def add_me(self) -> None:
        """Runs in the child, before it becomes the server."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def oom_kills(self) -> int:
        """How many of its processes the kernel killed for want of memory."""
        text = (self.folder / ("memory.events" if self.is_v2 else "memory.oom_control")).read_text()
        return int(next(line for line in text.splitlines() if line.startswith("oom_kill ")).split()[1])


def servers() -> dict[str, list[str]]:
    """The commands under test, all of which listen on a port of the kernel's choice and say so."""
    gunicorn = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--chdir", str(APPS), "every:app"]
    wasgi = [str(ROOT / "target/dist/wasgi"), "run", str(APPS / "every.py"), "--bind", "127.0.0.1:0"]
    return {
        "wasgi, cap 64 MiB": [*wasgi, "--memory", "64MiB", "--concurrency", "8"],
        "gunicorn, 2 sync workers": [*gunicorn, "--workers", "2"],
        "gunicorn, 2 workers of 4 threads": [*gunicorn, "--workers", "2", "--threads", "4"],
    }


@contextlib.contextmanager
def serving(command: list[str], group: Group):
    """Runs a server in the group; gives its port."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=group.add_me)  # noqa: PLW1509
        try:
            yield wait_for_port(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for_port(process: subprocess.Popen, log) -> int:
    while process.poll() is None:
        log.seek(0)
        for line in log:
            if "http://127.0.0.1:" in line and ("ready on" in line or "Listening at" in line):
                return int(line.split("http://127.0.0.1:")[1].split()[0])
        time.sleep(0.05)
    log.seek(0)
    sys.exit(f"the server has ended:\n{log.read()}")


def ask(port: int, path: str) -> str:
    """The status, or how the connection failed."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        client.request("GET", path)
        response = client.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    else:
        return str(response.status)
    finally:
        client.close()


class Neighbour(threading.Thread):
    """Asks for /hello until told to stop."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.over = threading.Event()
        self.seconds: list[float] = []
        self.failures: list[str] = []

    def run(self) -> None:
        while not self.over.is_set():
            began = time.perf_counter()
            outcome = ask(self.port, "/hello")
            self.seconds.append(time.perf_counter() - began)
            if outcome != "200":
                self.failures.append(outcome)


@contextlib.contextmanager
def neighbours(port: int):
    threads = [Neighbour(port) for _ in range(NEIGHBOURS)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        for thread in threads:
            thread.over.set()
        for thread in threads:
            thread.join()


def report(name: str, command: list[str]) -> None:
    with Group() as group, serving(command, group) as port:
        with neighbours(port) as alone:
            time.sleep(2)
        with neighbours(port) as threads:
            outcomes = [ask(port, f"/hog/{bomb}") for bomb in BOMBS]
        kills = group.oom_kills()
    failures = [failure for thread in threads for failure in thread.failures]
    print(f"## {name}")
    print("bombs: " + ", ".join(f"{bomb} {outcome}" for bomb, outcome in zip(BOMBS, outcomes, strict=True)))
    print(f"processes killed by the kernel: {kills}")
    for when, asked in [("alone", alone), ("beside the bombs", threads)]:
        times = [second * 1000 for thread in asked for second in thread.seconds]
        median = statistics.median(times)
        print(
            f"neighbours {when}: {len(times)} requests, median {median:.1f} ms, slowest {max(times):.0f} ms"
        )
    print(f"    of them failed: {len(failures)} {sorted(set(failures))}\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", default="", help="only the servers whose name contains this")
    wanted = parser.parse_args().name
    for name, command in servers().items():
        if wanted in name:
            report(name, command)


if __name__ == "__main__":
    main()
