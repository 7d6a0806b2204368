"""Ends tests that hang: a test that waits for ever would otherwise hide which one it is."""

import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

from .processes import family

# As Rust's test harness writes them.
SLOW = re.compile(rb"^test (\S+) has been running for over ", re.MULTILINE)
ENDED = re.compile(rb"^test (\S+)(?: - [^\n]*)? \.\.\. \S", re.MULTILINE)


def call(command, cwd, seconds, tell=lambda line: print(line, flush=True)):
    """Runs Rust's tests, and gives their exit code; 1 once they have said nothing for so many seconds."""
    said = bytearray()
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE) as tests:
        output = tests.stdout.fileno()
        while select.select([output], [], [], seconds)[0]:
            piece = os.read(output, 1 << 16)
            if not piece:
                return tests.wait()
            said += piece
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()
        tell(f"error: the tests have said nothing for {seconds} s and are ended; these did not finish:")
        running = family(tests.pid)
        for line in [*unfinished(said), "and these processes ran:", *map(shown, running)]:
            tell(f"  {line}")
        end(running)
    return 1


def unfinished(said):
    """The slow tests that an output tells no result of."""
    ended = set(ENDED.findall(said))
    return [name.decode() for name in SLOW.findall(said) if name not in ended]


def shown(pid):
    """What a process is, and where its main thread waits, as far as that can be read."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return f"{pid} {words.strip()} ({Path(f'/proc/{pid}/wchan').read_text()})"
    except OSError as error:
        return f"{pid} ({error.strerror})"


def end(pids):
    """Ends processes, at once."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
