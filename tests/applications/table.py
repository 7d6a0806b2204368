"""What each application costs, measured while both its servers run, and the page with all of them."""

import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType

import peers
from client import Client

sys.path.insert(0, str(peers.ROOT / "benches"))

import measure

PAGE = peers.ROOT / "docs/lab/applications.md"
ROWS = peers.ROOT / "target/applications"
CONNECTIONS, SECONDS, TURNS = 8, 2.0, 2
#: A slower page is looked into, and the exercise's `REMARK` says what was found.
SLOW = 0.6
TEXT = """# Real applications

`./just test-applications --table` writes this page. Each application is installed by the hashes in its folder of
`tests/applications/` and is served unchanged by `wasgi run` and by gunicorn with 2 workers, both from copies of the
same folder. The exercise there sends both the same requests, and compares status, headers and body of each answer.
Tokens, clocks, addresses and the order of sets may differ.

{facts}

| application | exercised | equal | requests/s: wasgi, gunicorn | ratio | memory peak MiB | component MiB |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

*requests/s*: of the page named, with {connections} connections in {turns} turns of {seconds:.0f} s each, both servers in
turns; medians. Where other work ran on these cores, a rate says little and the ratio more. *memory peak*: the highest
linear memory of a request of the exercise (`Wasgi-Usage`). *component*: the file of `wasgi build`.
{remarks}"""


def measured(application: ModuleType, servers: list, clients: list[Client], size: int) -> dict:
    """A row's numbers: both servers' rates, the exercise's peak of memory, the component's size."""
    page, pair = getattr(application, "PAGE", "/"), list(zip(servers, clients, strict=True))
    rates: list[list[float]] = [[], []]
    failed = 0
    for _ in range(TURNS):
        for found, (server, client) in zip(rates, pair, strict=True):
            sample = measure.load(server.process.pid, client.port, CONNECTIONS, SECONDS, page)
            failed += sample.failures
            found.append(sample.rate)
    usage = [re.search(r"memory=(\d+)", answer.header("Wasgi-Usage")) for answer in clients[1].answers]
    return {
        "native": statistics.median(rates[0]),
        "sandboxed": statistics.median(rates[1]),
        "memory": max(int(found[1]) for found in usage if found),
        "size": size,
        "page": page,
        "failed": failed,
    }


def built(project: peers.Project, binary: Path) -> int:
    """Bytes of the component; the build is given what `wasgi run` is."""
    given = [
        {"--dir": "--build-dir", "--env": "--build-env"}.get(word, word) for word in peers.options(project)
    ]
    command = [binary, "build", project.application.APP, "--filesystem", "--output", "app.wasm", *given]
    command += getattr(project.application, "BUILD", [])
    environment = {"VIRTUAL_ENV": str(project.environment.folder)}
    peers.run(*command, folder=project.folder, environment=environment)
    return project.path("app.wasm").stat().st_size


def keep(name: str, application: ModuleType, outcome: dict) -> None:
    """Keeps what was found of an application for the page, also of runs of others."""
    ROWS.mkdir(parents=True, exist_ok=True)
    title, _, exercised = (application.__doc__ or "").strip().partition(": ")
    about = {
        "title": title,
        "exercised": " ".join(exercised.split()),
        "versions": versions(getattr(application, "PINS", name)),
    }
    about["remark"] = " ".join(getattr(application, "REMARK", "").split())
    (ROWS / f"{name}.json").write_text(json.dumps(about | outcome))


def versions(name: str) -> str:
    """The distributions that were asked for, with their pinned versions."""
    asked = [
        line for line in (peers.HERE / name / "requirements.in").read_text().splitlines() if "#" not in line
    ]
    pins = dict(re.findall(r"(?m)^([\w.-]+)==([\w.]+)", (peers.HERE / name / "requirements.txt").read_text()))
    names = [re.match(r"[\w.-]+", line)[0].lower().replace(".", "-") for line in asked]
    return ", ".join(f"{name} {pins[name]}" for name in names if name not in ("gunicorn", "flit-core"))


def write(binary: Path) -> None:
    rows = [json.loads(path.read_text()) for path in sorted(ROWS.glob("*.json"))]
    version = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    facts = [
        f"{datetime.date.today():%d %B %Y}, {version}",
        f"{len(os.sched_getaffinity(0))} cores that client and servers share, Linux {platform.release()}",
    ]
    said = [f"- {row['title']}: {row['remark']}" for row in rows if row["remark"]]
    remarks = "".join(f"\n{textwrap.fill(line, 118, subsequent_indent='  ')}" for line in said)
    text = TEXT.format(
        facts="\n".join(f"- {fact}" for fact in facts),
        rows="\n".join(map(shown, rows)),
        connections=CONNECTIONS,
        turns=TURNS,
        seconds=SECONDS,
        remarks=remarks and f"\n## Remarks\n{remarks}\n",
    )
    PAGE.write_text(text)


def shown(row: dict) -> str:
    cells = [f"{row['title']} ({row['versions']})", row["exercised"], row["equal"]]
    if "native" in row:
        ratio = row["sandboxed"] / row["native"]
        rates = f"`{row['page']}` {row['sandboxed']:,.0f}, {row['native']:,.0f}"
        rates += f" ({row['failed']} failed)" if row["failed"] else ""
        sizes = [f"{row[name] / (1 << 20):.0f}" for name in ("memory", "size")]
        return f"| {' | '.join([*cells, rates, f'{ratio:.2f}', *sizes])} |"
    return f"| {' | '.join([*cells, *[''] * 4])} |"
