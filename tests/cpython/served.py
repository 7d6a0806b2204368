"""A server that runs tests within requests, asked for a module of them at a time."""

import concurrent.futures
import http.client
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

#: Seconds that a test may take, on a machine that has other work too.
PATIENCE = 60


class Outcome:
    """What became of the tests of a module."""

    def __init__(self):
        self.passed = 0
        self.failed: dict[str, str] = {}
        self.skipped: dict[str, str] = {}

    def __str__(self):
        return f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"

    def hear(self, kind: str, test: str, text: object = ""):
        if kind == "passed":
            self.passed += 1
        elif kind == "failed":
            self.failed.setdefault(test, str(text))
        elif kind == "skipped":
            self.skipped.setdefault(test, str(text))

    def add(self, other: "Outcome"):
        self.passed += other.passed
        self.failed |= other.failed
        self.skipped |= other.skipped


class Served:
    """The tests, served by an application that answers with a line of JSON for each event."""

    def __init__(self, command: list[str | Path], log: Path, patience: int = PATIENCE):
        self.patience = patience
        self.log = log.open("w+")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.PIPE,
            text=True,
            errors="backslashreplace",
        )
        for line in self.process.stderr or []:
            self.log.write(line)
            if found := re.search(r"ready on http://(\S+)", line):
                self.address = found[1]
                break
        else:
            self.log.flush()
            raise SystemExit(f"the server did not start:\n{log.read_text()}")
        # Whoever does not read it would hold the server up.
        self.reader = concurrent.futures.ThreadPoolExecutor(1)
        self.reader.submit(shutil.copyfileobj, self.process.stderr, self.log)

    def run(self, path: str, name: str, asked: dict) -> Outcome:
        """Where a sandbox ends before the tests do, the test has failed and the rest is run by another.

        `name` is what has failed where a sandbox ends before its first test.
        """
        outcome, start = Outcome(), 0
        while start is not None:
            start = self.run_from(path, name, {**asked, "start": start}, outcome)
        return outcome

    def run_from(self, path: str, name: str, asked: dict, outcome: Outcome) -> int | None:
        """The number of the test to go on with, if it did not come to the end."""
        connection = http.client.HTTPConnection(self.address, timeout=self.patience)
        heard = Heard(name, outcome)
        try:
            connection.request("POST", path, json.dumps(asked))
            if heard.to_the_end(connection.getresponse()):
                return None
            why = "the sandbox ended"
        except TimeoutError:
            why = f"nothing for {self.patience} s"
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = f"the sandbox ended: {error}"
        finally:
            connection.close()
        outcome.hear("failed", heard.test, why)
        print(f"{heard.test}: {why}", file=sys.stderr, flush=True)
        return None if heard.number is None else heard.number + 1

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.reader.shutdown()


class Heard:
    """Events of tests, as they come, and the test that was the last to begin."""

    def __init__(self, test: str, outcome: Outcome):
        self.test, self.outcome = test, outcome
        self.number: int | None = None

    def to_the_end(self, lines: Iterable[bytes]) -> bool:
        """Whether the tests came to their end."""
        for line in lines:
            kind, *event = json.loads(line)
            if kind == "end":
                return True
            if kind == "start":
                self.test, self.number = event
            else:
                self.outcome.hear(kind, *event)
        return False
