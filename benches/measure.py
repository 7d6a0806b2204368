"""What is measured of a server: rate and latencies by the load generator, CPU time and memory by /proc."""

import http.client
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python-wasm"))

from recipe.processes import family, stat

CACHE = Path(os.environ.get("WASGI_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "wasgi")
#: Installed by the recipe, of one pinned version, so that figures of different machines have the same client.
OHA = CACHE.expanduser() / "engines" / "oha" / "bin" / "oha"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Sample:
    """One run of the load generator against one server."""

    rate: float
    #: Seconds.
    p50: float
    p99: float
    #: Seconds of all the server's processes for one request.
    cpu: float
    #: Bytes that the server's processes have in the middle of the run, shared pages in proportion (PSS).
    memory: int
    #: Requests that were not answered with 200, the ones on their way at the end not counted.
    failures: int


def load(pid: int, port: int, connections: int, seconds: float, path: str = "/") -> Sample:
    """Asks for a path over keep-alive connections, each with one request at a time."""
    command = [
        str(OHA),
        "--no-tui",
        "--output-format",
        "json",
        "-z",
        f"{seconds}s",
        "-c",
        str(connections),
        "--wait-ongoing-requests-after-deadline",
    ]
    before = cpu_seconds(pid)
    memory: list[int] = []
    middle = threading.Timer(seconds / 2, lambda: memory.append(pss(pid)))
    middle.start()
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True, text=True
    ).stdout
    middle.join()
    cpu = cpu_seconds(pid) - before
    report = json.loads(told)
    statuses = report["statusCodeDistribution"]
    good = statuses.get("200", 0)
    errors = {name: count for name, count in report["errorDistribution"].items() if "deadline" not in name}
    latency = report["latencyPercentiles"]
    return Sample(
        rate=good / report["summary"]["total"],
        p50=latency["p50"] or 0.0,
        p99=latency["p99"] or 0.0,
        cpu=cpu / max(good, 1),
        memory=memory[0],
        failures=sum(statuses.values()) - good + sum(errors.values()),
    )


def cpu_seconds(pid: int) -> float:
    """User and system time of the family, with that of members that ended and were waited for."""
    ticks = 0
    for member in family(pid):
        try:
            ticks += sum(int(field) for field in stat(Path(f"/proc/{member}"))[11:15])
        except OSError:
            continue
    return ticks / TICKS


def pss(pid: int) -> int:
    """Bytes of the family's memory; a page shared by n processes of the machine counts for 1/n in each."""
    total = 0
    for member in family(pid):
        try:
            total += told(member, "smaps_rollup", "Pss:")
        except OSError:
            continue
    return total


def own_memory(pid: int) -> int:
    """Bytes of one process that no file backs, with the page tables that the kernel keeps for it."""
    return told(pid, "smaps_rollup", "Pss_Anon:", "Pss_Shmem:") + told(pid, "status", "VmPTE:")


def told(pid: int, source: str, *names: str) -> int:
    """Bytes: the sum of what a file in /proc/PID tells under these names."""
    lines = Path(f"/proc/{pid}/{source}").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(names)) << 10


def fetch(port: int) -> bytes:
    """The body of `/`.

    # Errors
    OSError when the server does not listen or hangs up, HTTPException when its status is another than 200.
    """
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        client.request("GET", "/")
        response = client.getresponse()
        body = response.read()
    finally:
        client.close()
    if response.status != 200:
        raise http.client.HTTPException(f"it answers {response.status}: {body[:80]!r}")
    return body
