"""wasgi beside its peers: same applications, same client, alternating runs, medians. `just bench [--quick]`.

Each round starts every server in turn for each application, asks it for a moment to warm it, measures it at 1
and at 16 connections, and stops it. The client runs on the same cores as the servers.
"""

import argparse
import contextlib
import datetime
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import fields

import report
import slots
from measure import Sample, fetch, load
from peers import WORK, App, Peer, Unavailable, all_peers, apps, make_databases

CONNECTIONS = [1, 16]
#: Seconds of asking before the first measurement: workers start, caches fill, code specialises.
WARM_UP = 1.0
#: Seconds until a server must answer; `wasmtime serve` compiles first.
PATIENCE = 180


@contextlib.contextmanager
def serving(peer: Peer, app: App):
    """Starts a server; gives its process and port once it answers as it should."""
    port = free_port()
    command = peer.command(app, port)
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, cwd=app.folder, stdout=log, stderr=log)
        try:
            wait_until_right(process, port, app, log)
            yield process.pid, port
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """One that the kernel chose; not every server here can tell which one it got."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_until_right(process: subprocess.Popen, port: int, app: App, log) -> None:
    deadline, reason = time.monotonic() + PATIENCE, "it does not listen"
    while process.poll() is None and time.monotonic() < deadline:
        try:
            body = fetch(port)
        except ConnectionRefusedError:
            time.sleep(0.05)
            continue
        except (OSError, http.client.HTTPException) as error:
            reason = str(error)
            break
        if app.answers in body:
            return
        reason = f"it answers {body[:80]!r}"
        break
    log.seek(0)
    lines = [line.strip() for line in log if "Error" in line or "error" in line]
    raise Unavailable(f"{reason}; its log: {lines[0] if lines else '(no error)'}")


def measure(peer: Peer, app: App, seconds: float) -> dict[int, Sample]:
    """By number of connections."""
    with serving(peer, app) as (pid, port):
        load(pid, port, CONNECTIONS[-1], WARM_UP)
        return {connections: load(pid, port, connections, seconds) for connections in CONNECTIONS}


def median(samples: list[Sample]) -> Sample:
    """Of each figure by itself."""
    middle = {
        field.name: statistics.median(getattr(sample, field.name) for sample in samples)
        for field in fields(Sample)
    }
    memory, failures = int(middle.pop("memory")), max(sample.failures for sample in samples)
    del middle["failures"]
    return Sample(**middle, memory=memory, failures=failures)


class Campaign:
    """All that is measured, by application and peer."""

    def __init__(self, chosen: list[Peer], wanted: list[App]) -> None:
        self.peers, self.apps = chosen, wanted
        self.runs: dict[tuple[str, str], list[dict[int, Sample]]] = {}
        self.missing: dict[tuple[str, str], str] = {}
        self.versions = {peer.name: self.version(peer) for peer in chosen}

    def version(self, peer: Peer) -> str:
        try:
            return peer.version()
        except Unavailable as error:
            self.missing |= {(app.name, peer.name): str(error) for app in self.apps}
            return f"not measured: {error}"

    def round(self, seconds: float) -> None:
        for app in self.apps:
            for peer in self.peers:
                if (app.name, peer.name) not in self.missing:
                    self.cell(app, peer, seconds)

    def cell(self, app: App, peer: Peer, seconds: float) -> None:
        print(f"{app.name}: {peer.name}", file=sys.stderr, flush=True)
        try:
            self.runs.setdefault((app.name, peer.name), []).append(measure(peer, app, seconds))
        except Unavailable as error:
            self.missing[app.name, peer.name] = str(error)

    def medians(self) -> report.Cells:
        measured = {cell: runs for cell, runs in self.runs.items() if cell not in self.missing}
        return {
            (*cell, connections): median([run[connections] for run in runs])
            for cell, runs in measured.items()
            for connections in CONNECTIONS
        }


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round of 2 s for each cell")
    parser.add_argument("--seconds", type=float, help="of each cell (10)")
    parser.add_argument("--rounds", type=int, help="alternating ones, of which medians are taken (3)")
    parser.add_argument("--peer", default="", help="only those whose name contains this, and wasgi")
    parser.add_argument("--app", default="", help="only those whose name contains this")
    chosen = parser.parse_args()
    chosen.seconds = chosen.seconds or (2 if chosen.quick else 10)
    chosen.rounds = chosen.rounds or (1 if chosen.quick else 3)
    return chosen


def main() -> None:
    chosen = options()
    make_databases()
    load_before = os.getloadavg()[0]
    peers = [peer for peer in all_peers() if chosen.peer in peer.name or peer.name == report.OWN]
    campaign = Campaign(peers, [app for app in apps() if chosen.app in app.name])
    for _ in range(chosen.rounds):
        campaign.round(chosen.seconds)
    how = f"{chosen.seconds:g} s a cell, {chosen.rounds} round(s)"
    text = report.whole(
        report.facts(how, load_before, campaign.versions),
        report.Results(
            [app.name for app in campaign.apps],
            [peer.name for peer in campaign.peers],
            campaign.medians(),
            campaign.missing,
            slots.measure(serving),
        ),
    )
    print(text)
    WORK.mkdir(parents=True, exist_ok=True)
    file = WORK / f"{datetime.datetime.now():%Y-%m-%d-%H%M}.md"
    file.write_text(text)
    print(f"written to {file}", file=sys.stderr)


if __name__ == "__main__":
    main()
