"""What a request costs in pages: which of its sandbox's it writes to, how often it faults. `just pages`.

A fresh sandbox is a private mapping of the compiled file. A request is held open before its answer is sent,
and the kernel is asked which pages of that mapping are the sandbox's own by now: those that it wrote to.
"""

import http.client
import os
import statistics
import struct
import time
from pathlib import Path

from held import held, holding
from peers import Peer, apps, make_databases, wasgi
from report import table, table_line
from run import serving

PAGE = 4096
#: Requests whose usage the server tells, and the first of them that are left out: the slot is new to them.
REQUESTS, FIRST = 300, 50
#: Seconds in which the set of written pages must not change, for the request to have come to its hold.
QUIET = 0.3


def written(pid: int) -> list[int]:
    """Numbers of the pages of the sandbox that are its own, counted from the beginning of the snapshot."""
    found, end, start = [], 0, 0
    with open(f"/proc/{pid}/pagemap", "rb", 0) as pagemap:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            addresses, access = line.split()[:2]
            low, high = (int(text, 16) for text in addresses.split("-"))
            is_image = "/memfd:wasgi " in line
            # What follows the image without a gap is the rest of the same linear memory.
            if access.startswith("rw") and (is_image or low == end):
                start = start if low == end else low
                end = high
                os.lseek(pagemap.fileno(), low // PAGE * 8, os.SEEK_SET)
                entries = struct.iter_unpack("<Q", os.read(pagemap.fileno(), (high - low) // PAGE * 8))
                found += [
                    (low - start) // PAGE + index for index, (entry,) in enumerate(entries) if is_own(entry)
                ]
    return found


def is_own(entry: int) -> bool:
    """Present, and neither of a file nor shared: bits 63 and 61, Documentation/admin-guide/mm/pagemap.rst."""
    return bool(entry >> 63 & 1) and not entry >> 61 & 1


def runs(pages: list[int]) -> list[tuple[int, int]]:
    """First and last page of each stretch without a gap."""
    found: list[tuple[int, int]] = []
    for page in pages:
        if found and page == found[-1][1] + 1:
            found[-1] = (found[-1][0], page)
        else:
            found.append((page, page))
    return found


def of_held_request(pid: int, port: int) -> list[int]:
    with holding(port, 1):
        pages: list[int] = []
        while not pages or pages != written(pid):
            pages = written(pid)
            time.sleep(QUIET)
    return pages


def usage(port: int) -> dict[str, float]:
    """Medians of what the server says of each request (`Wasgi-Usage`)."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    told: dict[str, list[float]] = {}
    for number in range(REQUESTS):
        client.request("GET", "/")
        response = client.getresponse()
        response.read()
        if number >= FIRST:
            for part in (response.getheader("Wasgi-Usage") or "").replace(",", ";").split(";"):
                name, _, value = part.strip().partition("=")
                if value.isdigit():
                    told.setdefault(name, []).append(int(value))
    client.close()
    return {name: statistics.median(values) for name, values in told.items()}


def server(*options: str) -> Peer:
    return Peer(
        "wasgi", "instance", str, lambda app, port: [*wasgi(app, port), "--concurrency", "1", *options]
    )


def main() -> None:
    make_databases()
    maps = []
    print(
        table(
            [
                "",
                "pages written",
                "in runs",
                "page faults, plain / scan",
                "CPU µs in the sandbox, plain / scan",
            ],
            [],
        )
    )
    for app in apps():
        copy = held(app)
        with serving(server("--reset", "plain", "--expose-usage"), copy) as (pid, port):
            pages, plain = of_held_request(pid, port), usage(port)
        with serving(server("--reset", "scan", "--expose-usage"), copy) as (_, port):
            scan = usage(port)
        figures = [f"{plain[name]:.0f} / {scan[name]:.0f}" for name in ("faults", "cpu-us")]
        print(table_line([app.name, str(len(pages)), str(len(runs(pages))), *figures]), flush=True)
        maps.append((app.name, pages))
    for name, pages in maps:
        print(f"\n{name}, pages of 4 KiB from the beginning of the snapshot:\n\n    {drawn(pages)}")


def drawn(pages: list[int]) -> str:
    """The runs, eight in a line, in hexadecimal."""
    words = [f"{low:x}" if low == high else f"{low:x}-{high:x}" for low, high in runs(pages)]
    lines = [" ".join(words[start : start + 8]) for start in range(0, len(words), 8)]
    return "\n    ".join(lines)


if __name__ == "__main__":
    main()
