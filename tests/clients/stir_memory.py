"""Has the kernel move, swap out or merge pages, as root: `stir_memory.py compaction|swap|merging`.

Says `ready`, or `cannot: ` and why. Then it does what each line of its input asks for, and answers with a
line; when its input ends, all is as it was. Everybody's pages are moved and merged, so commands are short.

    compaction  `free`     frees pages of low memory: whoever needs pages next gets them
                `compact`  moves pages from low to high memory for a moment; answers how many
    swap        `out PID`  swaps out the sandboxes of a wasgi; answers how many pages are out
    merging     (all the while; pages of zeros become the kernel's page of zeros)
"""

import contextlib
import ctypes
import fcntl
import mmap
import os
import re
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PAGE = 4096
LIBC = ctypes.CDLL(None, use_errno=True)
#: linux/mman.h; system calls of x86-64.
MADV_PAGEOUT, PIDFD_OPEN, PROCESS_MADVISE = 21, 434, 440

#: Bytes of which the lowest pages are held, and how many are freed at a time.
RESERVE, LOT = 1 << 30, 400
#: Seconds of compaction, in calls that end at the first large block for which no room is found.
BURST = 0.15

ZRAM, KSM = Path("/sys/class/zram-control"), Path("/sys/kernel/mm/ksm")
SWAP_BYTES = 64 << 20


def entries(process: str, start: int, end: int) -> Iterator[int]:
    """What the kernel says of each page: Documentation/admin-guide/mm/pagemap.rst."""
    with open(f"/proc/{process}/pagemap", "rb", 0) as pagemap:
        pagemap.seek(start // PAGE * 8)
        for (entry,) in struct.iter_unpack("<Q", pagemap.read((end - start) // PAGE * 8)):
            yield entry


class Compaction:
    """Compaction moves pages from low memory, and a busy machine's slots lie anywhere. So the lowest pages of
    a large block are kept from moving, by pipes that refer to them, and freed a few at a time."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, RESERVE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self.low: list[list[int]] = []
        self.high: list[int] = []
        self.pipes: list[list[int]] = []
        self.hold()

    def hold(self) -> None:
        with memoryview(self.memory) as whole, whole[::PAGE] as firsts:
            firsts[:] = b"\1" * len(firsts)
        frames = [entry & (1 << 55) - 1 for entry in entries("self", self.address, self.address + RESERVE)]
        order = sorted(range(len(frames)), key=frames.__getitem__)
        half = len(order) // 2
        lots = min(40, half // LOT)
        self.low = [order[number : lots * LOT : lots] for number in range(lots)]
        self.high = order[half:]
        self.pipes = [self.pin(lot) for lot in self.low]

    def pin(self, pages: list[int]) -> list[int]:
        pipes: list[int] = []
        for start in range(0, len(pages), 256):
            some = pages[start : start + 256]
            pipes += os.pipe()
            fcntl.fcntl(pipes[-1], fcntl.F_SETPIPE_SZ, 1 << 20)
            parts = [part for page in some for part in (self.address + page * PAGE, PAGE)]
            done = LIBC.vmsplice(pipes[-1], (ctypes.c_size_t * len(parts))(*parts), len(some), 0)
            if done != len(some) * PAGE:
                raise OSError(ctypes.get_errno(), "vmsplice")
        return pipes

    def free(self) -> str:
        """Half from each of two processors, on whose lists of free pages they then are on top."""
        if not self.low:
            self.hold()
        for end in self.pipes.pop():
            os.close(end)
        lot, allowed = self.low.pop(), os.sched_getaffinity(0)
        for number, processor in enumerate(allowed):
            os.sched_setaffinity(0, {processor})
            self.give_back(lot[number :: len(allowed)])
        os.sched_setaffinity(0, allowed)
        return "freed"

    def give_back(self, pages: list[int]) -> None:
        for page in pages:
            self.memory.madvise(mmap.MADV_DONTNEED, page * PAGE, PAGE)

    def compact(self) -> str:
        # There must be somewhere to go.
        self.give_back(self.high[-2 * LOT :])
        del self.high[-2 * LOT :]
        before, until = migrated(), time.monotonic() + BURST
        while time.monotonic() < until:
            Path("/proc/sys/vm/compact_memory").write_text("1")
        return f"{migrated() - before} pages moved"

    def close(self) -> None:
        for end in (end for pipes in self.pipes for end in pipes):
            os.close(end)


def migrated() -> int:
    found = re.search(r"^pgmigrate_success (\d+)", Path("/proc/vmstat").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


class Swap:
    """A compressed device in memory, of which nobody's disk hears."""

    def __init__(self) -> None:
        self.number = (ZRAM / "hot_add").read_text().strip()
        self.device = Path(f"/dev/zram{self.number}")
        self.settings = Path(f"/sys/block/zram{self.number}")
        (self.settings / "disksize").write_text(str(SWAP_BYTES))
        # What mkswap writes: linux/swap.h, union swap_header.
        header = bytearray(PAGE)
        struct.pack_into("<II", header, 1024, 1, SWAP_BYTES // PAGE - 1)
        header[-10:] = b"SWAPSPACE2"
        self.device.write_bytes(header)
        if LIBC.swapon(str(self.device).encode(), 0):
            error = OSError(ctypes.get_errno(), f"swapon: {os.strerror(ctypes.get_errno())}")
            self.close()
            raise error

    def out(self, process: str) -> str:
        descriptor = LIBC.syscall(PIDFD_OPEN, int(process), 0)
        count = 0
        for start, end in sandboxes(process):
            area = (ctypes.c_size_t * 2)(start, end - start)
            if LIBC.syscall(PROCESS_MADVISE, descriptor, area, ctypes.c_size_t(1), MADV_PAGEOUT, 0) < 0:
                raise OSError(ctypes.get_errno(), "process_madvise")
            count += sum(entry >> 62 & 1 for entry in entries(process, start, end))
        os.close(descriptor)
        return f"{count} pages are out"

    def close(self) -> None:
        LIBC.swapoff(str(self.device).encode())
        (self.settings / "reset").write_text("1")
        (ZRAM / "hot_remove").write_text(self.number)


def sandboxes(process: str) -> Iterator[tuple[int, int]]:
    """Where the snapshot is mapped to be written to."""
    for line in Path(f"/proc/{process}/maps").read_text().splitlines():
        addresses, access, *_ = line.split()
        if access.startswith("rw") and "/memfd:wasgi " in line:
            start, end = addresses.split("-")
            yield int(start, 16), int(end, 16)


class Merging:
    """KSM merges what asks for it: madvise(2), MADV_MERGEABLE."""

    def __init__(self) -> None:
        wanted = {"use_zero_pages": "1", "sleep_millisecs": "2", "pages_to_scan": "2000", "run": "1"}
        self.before = {name: (KSM / name).read_text() for name in wanted}
        for name, value in wanted.items():
            (KSM / name).write_text(value)

    def close(self) -> None:
        # Backwards: it ends before its settings change.
        for name, value in reversed(self.before.items()):
            (KSM / name).write_text(value)


def main() -> None:
    try:
        stirring = {"compaction": Compaction, "swap": Swap, "merging": Merging}[sys.argv[1]]()
    except OSError as error:
        print(f"cannot: {error}", flush=True)
        return
    with contextlib.closing(stirring):
        print("ready", flush=True)
        for line in sys.stdin:
            command, *arguments = line.split()
            print(getattr(stirring, command)(*arguments), flush=True)


if __name__ == "__main__":
    if os.geteuid() == 0:
        main()
    else:
        print("cannot: only root may", flush=True)
