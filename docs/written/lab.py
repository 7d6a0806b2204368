"""Writes the pages of docs/lab/ that come from a run: `./just lab attacks`, `./just lab servers`.

attacks    runs the isolation tests, which print a row for each attack, and sorts the rows into tables
servers    takes the last report of `./just bench`
"""

import datetime
import os
import platform
import re
import subprocess
import sys

from command_line import BINARY, REPOSITORY

LAB = REPOSITORY / "docs" / "lab"
REPORTS = REPOSITORY / "target" / "bench"
CARGO = "cargo test --release --locked -p wasgi --test wasgi"
TESTS = f"{CARGO} -- attacks bombs deadlines leftovers storm --nocapture"
#: The modules of tests/apps/attacks, as the tests print them, and what they attack.
KINDS = {
    "recursion": "Recursion",
    "nesting": "Deep structures",
    "uncounted": "C of CPython that recurses uncounted",
    "ending": "Ends and crashes",
    "reaching": "Threads, processes, sockets, signals",
    "paths": "Files",
    "meddling": "The interpreter's own settings",
}

ATTACKS = """# Attacks

{facts}

`./just lab attacks` writes this page from the rows that the isolation tests print; [isolation](../reference/isolation.md)
has the promises. Each attack is one small application. Right after it, the same server answers a well-behaved request.
*trap*: the instance crashed, and the log says how. *broken*: the interpreter could no longer run the application, and
said so. With status 200 the application names the exception that it caught; uncaught, each is a 500.

{attacks}

## Applications without end

With `--timeout 1s --response 4MiB`.

{endless}

## Memory bombs

The site is the one in the log.

{bombs}

## How late each kind of work was stopped

With a deadline of 1 s, while the other tests load the machine.

{late}

## Neighbours, storm, and a secret looked for by later requests

{others}
"""

SERVERS = """# Beside other servers

`./just lab servers` writes this page from the last `./just bench`;
[performance](../internals/performance.md#how-it-is-measured) says what is measured, and how.

{report}"""


def attacks(printed: str, facts: list[str]) -> str:
    """The page of the attacks, out of what the tests printed."""
    return ATTACKS.format(
        facts="\n".join(f"- {fact}" for fact in facts),
        attacks=_table(["attack", "what the application sees", "status", "highest peak"], _grouped(printed)),
        endless=_table(
            ["attack", "what the client gets", "outcome"], _rows(printed, r"\| endless: (.*)\|", 3)
        ),
        bombs=_table(
            ["cap", "bomb", "status", "peak", "asked for", "site"],
            sorted(_rows(printed, r"\| (\d+ MiB \| \w.*) \|", 6), key=lambda row: int(row[0].split()[0])),
        ),
        late=_table(["work", "late by"], _rows(printed, r"\| ([a-z ]+ \| [\d.]+m?s) \|", 2)),
        others="\n".join(f"- {line}" for line in _sentences(printed)),
    )


def _grouped(printed: str) -> list[list[str]]:
    """A row for the attacks of one kind that end alike."""
    alike: dict[tuple[str, str, str], tuple[list[str], list[float]]] = {}
    for cells in _rows(printed, rf"\| ((?:{'|'.join(KINDS)}): .* MiB) \|", 4):
        kind, _, name = cells[0].partition(": ")
        names, peaks = alike.setdefault((KINDS[kind], cells[1], cells[2]), ([], []))
        names.append(name)
        peaks.append(float(cells[3].removesuffix(" MiB")))
    return [
        [f"{kind}: {', '.join(sorted(names))}", outcome, status, f"{max(peaks):.1f} MiB"]
        for (kind, outcome, status), (names, peaks) in sorted(alike.items(), key=_kind_first)
    ]


def _kind_first(item) -> tuple[int, str]:
    (kind, outcome, _), _ = item
    return list(KINDS.values()).index(kind), outcome


def _rows(printed: str, pattern: str, cells: int) -> list[list[str]]:
    rows = ([cell.strip() for cell in found.split("|")] for found in re.findall(pattern, printed))
    return [row for row in rows if len(row) == cells]


def _sentences(printed: str) -> list[str]:
    wanted = r"((?:\w+: a secret|cap \d+ MiB: neighbours|beside \w+ \(|before the storm|\d+ ways to).*)"
    return sorted(found.strip() for found in re.findall(wanted, printed))


def _table(heading: list[str], rows: list[list[str]]) -> str:
    if not rows:
        raise SystemExit(f"error: the tests printed no row for the table of {heading[0]}s")
    return "\n".join(f"| {' | '.join(row)} |" for row in [heading, ["---"] * len(heading), *rows])


def _facts() -> list[str]:
    version = subprocess.run([BINARY, "-V"], check=True, capture_output=True, text=True).stdout.strip()
    return [
        f"`{TESTS}`",
        f"{datetime.datetime.now():%Y-%m-%d %H:%M}, {version}",
        f"{os.cpu_count()} cores, Linux {platform.release()}",
    ]


def _run_tests() -> str:
    ended = subprocess.run(TESTS.split(), cwd=REPOSITORY, check=False, stdout=subprocess.PIPE, text=True)
    if ended.returncode:
        raise SystemExit(f"{ended.stdout}\nerror: tests fail, so no page is written")
    return ended.stdout


def _last_report() -> str:
    reports = sorted(REPORTS.glob("*.md"))
    if not reports:
        raise SystemExit(f"error: no report in {REPORTS}: `./just bench` writes one")
    return reports[-1].read_text()


def main(words: list[str]) -> None:
    match words:
        case ["attacks"]:
            facts = _facts()
            (LAB / "attacks.md").write_text(attacks(_run_tests(), facts))
        case ["servers"]:
            (LAB / "servers.md").write_text(SERVERS.format(report=_last_report().replace("### ", "## ")))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
