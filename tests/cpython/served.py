"""A server with CPython's regression tests, asked for a module at a time."""

import concurrent.futures
import http.client
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
#: Seconds that a test may take, on a machine that has other work too.
PATIENCE = 60
#: What a module may take. Natively, tests have all of the machine's memory, and all the time they want.
LIMITS = ["--memory", "2GiB", "--timeout", "3600s", "--output", "1GiB", "--random", "1GiB"]


def tests_of_cpython() -> Path:
    """`Lib/test` of the sources that the guest is built from."""
    command = [sys.executable, REPOSITORY / "python-wasm/build.py", "sources"]
    return Path(subprocess.check_output(command, text=True).split()[-1]) / "python/Lib/test"


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


class Served:
    """The tests, packed as an application's packages are, and served."""

    def __init__(self, wasgi: Path, folder: Path):
        shutil.copytree(tests_of_cpython(), folder / "packages/test", symlinks=True)
        (folder / "app").mkdir()
        for part in ["app.py", "lacking.py"]:
            shutil.copy(HERE / part, folder / "app")
        options = ["--site-packages", folder / "packages", "--sources", "all", "--keep", "**", "--cold"]
        self.log = (folder / "log").open("w+")
        self.process = subprocess.Popen(
            [wasgi, "run", folder / "app/app.py", "--bind", "127.0.0.1:0", *options, *LIMITS],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.PIPE,
            text=True,
            errors="backslashreplace",
        )
        for line in self.process.stderr:
            self.log.write(line)
            if found := re.search(r"ready on http://(\S+)", line):
                self.address = found[1]
                break
        else:
            self.log.flush()
            raise SystemExit(f"the server did not start:\n{(folder / 'log').read_text()}")
        # Whoever does not read it would hold the server up.
        self.reader = concurrent.futures.ThreadPoolExecutor(1)
        self.reader.submit(shutil.copyfileobj, self.process.stderr, self.log)

    def run(self, module: str, without: list[str]) -> Outcome:
        """Where a sandbox ends before the tests do, the test has failed and the rest is run by another."""
        outcome, start = Outcome(), 0
        while start is not None:
            start = self.run_from(module, start, without, outcome)
        return outcome

    def run_from(self, module: str, start: int, without: list[str], outcome: Outcome) -> int | None:
        """The number of the test to go on with, if it did not come to the end."""
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        test, number, why = f"test.{module}", None, "the sandbox ended"
        try:
            connection.request("POST", f"/{module}", json.dumps({"start": start, "without": without}))
            for line in connection.getresponse():
                kind, *event = json.loads(line)
                if kind == "end":
                    return None
                if kind == "start":
                    test, number = event
                else:
                    outcome.hear(kind, *event)
        except TimeoutError:
            why = f"nothing for {PATIENCE} s"
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = f"the sandbox ended: {error}"
        finally:
            connection.close()
        outcome.hear("failed", test, why)
        print(f"{test}: {why}", file=sys.stderr, flush=True)
        return None if number is None else number + 1

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.reader.shutdown()
