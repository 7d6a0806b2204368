"""The figures as Markdown: ratios first, then everything, then the targets."""

import datetime
import os
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from measure import OHA, Sample
from slots import SLOTS, Idle

Cells = dict[tuple[str, str, int], Sample]
OWN = "wasgi"
#: Application, beginning of the peer's name, how many times its requests per second wasgi should have.
TARGETS = [
    ("hello", "gunicorn sync", 3),
    ("Flask hello", "gunicorn sync", 1),
    ("Flask template, 100 rows", "gunicorn sync", 0.8),
    ("Django, one ORM query", "gunicorn sync", 0.6),
    ("SQLite, one query in a granted directory", "gunicorn sync", 0.6),
    ("hello", "fork per request", 15),
    ("Flask hello", "fork per request", 15),
    ("hello", "componentize-py", 20),
    ("Flask hello", "componentize-py", 20),
]
MOST_P99_TO_P50 = 3
MOST_IDLE_MIB = 64


def facts(how: str, load_before: float, versions: dict[str, str]) -> list[str]:
    client = subprocess.run([OHA, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    cores = len(os.sched_getaffinity(0))
    return [
        f"{datetime.datetime.now():%Y-%m-%d %H:%M}, {cores} cores of {processor}, Linux {platform.release()}",
        f"load average before and after: {load_before:.1f}, {os.getloadavg()[0]:.1f}",
        f"client: {client}, keep-alive, on the same cores as the servers; {how}, medians",
        f"native servers: CPython {platform.python_version()}",
        "wasgi: `wasgi build --warm /`, then `wasgi serve` by its defaults; componentize-py's is warm, too",
        *(f"{peer}: {version}" for peer, version in versions.items()),
    ]


@dataclass
class Results:
    apps: list[str]
    peers: list[str]
    cells: Cells
    #: Why a peer has no figures for an application.
    missing: dict[tuple[str, str], str]
    idle: Idle


def whole(facts: list[str], results: Results) -> str:
    parts = ["\n".join(f"- {fact}" for fact in facts), ratios(results)]
    parts += [f"### {app}\n\n{details(app, results)}" for app in results.apps]
    parts += ["### Targets\n\n" + table(["target", "measured, 1 / 16", "met"], list(targets(results)))]
    return "\n\n".join(parts) + "\n"


def table(heading: list[str], rows: list[list[str]]) -> str:
    return "\n".join(table_line(cells) for cells in [heading, ["---"] * len(heading), *rows])


def table_line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def ratios(results: Results) -> str:
    """Requests per second of wasgi over each peer's, at 1 and at 16 connections."""
    others = [peer for peer in results.peers if peer != OWN]
    rows = [[peer, *(both(results.cells, app, peer) for app in results.apps)] for peer in others]
    return table(["wasgi's requests/s over those of", *(f"{app}, 1 / 16" for app in results.apps)], rows)


def both(cells: Cells, app: str, peer: str) -> str:
    return " / ".join(times(ratio(cells, app, peer, connections)) for connections in (1, 16))


def ratio(cells: Cells, app: str, peer: str, connections: int) -> float | None:
    own, other = cells.get((app, OWN, connections)), cells.get((app, peer, connections))
    return own.rate / other.rate if own and other and other.rate else None


def times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}x" if value < 10 else f"{value:.0f}x"


def details(app: str, results: Results) -> str:
    heading = ["", "requests/s, 1 / 16", "p50 ms", "p99 ms", "CPU µs a request", "memory MiB", "failed"]
    rows = []
    for peer in results.peers:
        if reason := results.missing.get((app, peer)):
            rows.append([peer, f"not measured: {reason}", "", "", "", "", ""])
            continue
        samples = [results.cells[app, peer, connections] for connections in (1, 16)]
        figures = [
            [f"{sample.rate:,.0f}" for sample in samples],
            [f"{sample.p50 * 1e3:.2f}" for sample in samples],
            [f"{sample.p99 * 1e3:.2f}" for sample in samples],
            [f"{sample.cpu * 1e6:,.0f}" for sample in samples],
            [f"{sample.memory / 2**20:.0f}" for sample in samples],
            [str(sample.failures) for sample in samples],
        ]
        rows.append([peer, *(" / ".join(pair) for pair in figures)])
    return table(heading, rows)


def targets(results: Results) -> Iterator[list[str]]:
    apps, cells, idle = results.apps, results.cells, results.idle
    for app, start, least in TARGETS:
        peer = next((peer for peer in results.peers if peer.startswith(start)), None)
        if peer is None or app not in apps:
            continue
        ratios = [ratio(cells, app, peer, connections) for connections in (1, 16)]
        found = [value for value in ratios if value is not None]
        if len(found) == len(ratios):
            verdict = [yes(value >= least) for value in found]
            yield [f"{app}: at least {least:g}x {start}", " / ".join(map(times, found)), " / ".join(verdict)]
    for app in apps:
        if own := cells.get((app, OWN, 1)):
            spread = own.p99 / own.p50
            yield [
                f"{app}: p99/p50 at 1 connection at most {MOST_P99_TO_P50}",
                f"{spread:.1f}",
                yes(spread <= MOST_P99_TO_P50),
            ]
    for when, more in (("fresh", idle.fresh), ("after a request in each", idle.used)):
        mib = more / 2**20
        name = f"{SLOTS} idle slots beside one, {when}: at most {MOST_IDLE_MIB} MiB"
        yield [name, f"{mib:.1f} MiB", yes(mib <= MOST_IDLE_MIB)]


def yes(is_met: bool) -> str:
    return "yes" if is_met else "**no**"
