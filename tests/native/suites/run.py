"""Packages' own tests in the sandbox, a request for each module: run.py WASGI PYTHON [PACKAGE...]

PYTHON has the packages, and runs the same tests natively: what fails there, too, says nothing about the
sandbox. Any other test may fail for a reason that `reasons.txt` gives; a failure without one, and a reason
that explains nothing, is an error. The outcomes are kept, and where those of all packages are there, the page
`docs/lab/native-suites.md` is written.
"""

import argparse
import concurrent.futures
import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "cpython"))

import kept
from page import PAGE, failures, page, row
from served import Heard, Outcome, Served
from suites import Build, RecipeError, Suite, suites
from table import Reasons

HERE = Path(__file__).resolve().parent
APP = HERE / "app/app.py"
SERVER = HERE.parent / "all/postgresql.py"
GUEST = "/suites"
#: A granted folder for temporary files, where symbolic links can be made.
TEMPORARY = "/temporary"
#: Seconds that a test may take: some hash passwords at costs that are meant to take long.
PATIENCE = 300
#: A package that is too large to be packed.
VECTORS = "cryptography_vectors"
LIMITS = ["--memory", "2GiB", "--timeout", "3600s", "--output", "1GiB", "--random", "1GiB"]


def others(installed: Path, chosen: list[Suite]) -> list[str]:
    """What packages whose tests do not run have installed: it would take long to be packed."""
    names = {suite.name for suite in suites([])}
    names -= {name for suite in chosen for name in (suite.name, *suite.needs)}
    known = metadata.distributions(path=[str(installed)])
    tops = {file.parts[0] for found in known if normal(found.name) in names for file in found.files or []}
    return [top for top in tops if not top.startswith(("..", "__"))]


def normal(name: str) -> str:
    """As package indexes have it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True)
class Programs:
    """What runs the tests of each side, and what they need to know of the database."""

    wasgi: Path
    python: Path
    database: dict[str, str]


class Run:
    """The two sides, and where the tests are for each."""

    def __init__(self, programs: Programs, folder: Path, chosen: list[Suite], without: list[str]):
        python, self.folder, self.without, self.programs = programs.python, folder, without, programs
        database = programs.database
        # Their tests make tables of the same names.
        self.using_database = threading.Lock()
        self.temporary = [folder / "temporary" / side for side in ("sandboxed", "natively")]
        for one in self.temporary:
            one.mkdir(parents=True)
        installed = next(python.parents[1].glob("lib/python*/site-packages"))
        packages, vectors = folder / "packages", installed / VECTORS
        left_out = shutil.ignore_patterns(VECTORS, "pip", *others(installed, chosen))
        shutil.copytree(installed, packages, ignore=left_out)
        if vectors.exists() and (folder / "cryptography").exists():
            shutil.copytree(vectors, folder / "cryptography" / VECTORS)
        options = ["--site-packages", packages, "--keep", "**", "--cold"]
        grant = ["--dir", f"{folder}:{GUEST}:ro", "--dir", f"{self.temporary[0]}:{TEMPORARY}"]
        grant += ["--allow-net", f"127.0.0.1:{database['port']}"] if database else []
        command = [programs.wasgi, "run", APP, "--bind", "127.0.0.1:0", *options, *grant, *LIMITS]
        self.served = Served(command, folder / "log", PATIENCE)

    def module(self, suite: Suite, module: str) -> tuple[Outcome, Outcome]:
        """What became of its tests in the sandbox and natively."""
        with self.using_database if suite.database else contextlib.nullcontext():
            return self.module_alone(suite, module)

    def module_alone(self, suite: Suite, module: str) -> tuple[Outcome, Outcome]:
        began = time.monotonic()
        name = f"{suite.name}/{module}"
        environment = {name: value.format(**self.programs.database) for name, value in suite.database.items()}
        asked = {
            "package": suite.name,
            "module": module,
            "options": suite.options,
            "without": self.without,
            "lacking": suite.lacking,
            "writes": suite.writes,
            "environment": environment,
        }
        there = {"folder": f"{GUEST}/{suite.name}", "temporary": TEMPORARY if suite.links else None}
        sandboxed = self.served.run("/", name, {**asked, **there})
        here = {"folder": str(self.folder / suite.name), "temporary": str(self.temporary[1])}
        natively = self.natively(name, {**asked, **here})
        seconds = time.monotonic() - began
        print(f"{name}: {sandboxed}; natively {natively}; {seconds:.0f} s", file=sys.stderr, flush=True)
        for test, text in failures(sandboxed, natively).items():
            print(f"  {test}: {text}", file=sys.stderr, flush=True)
        return sandboxed, natively

    def natively(self, name: str, asked: dict) -> Outcome:
        outcome = Outcome()
        heard = Heard(name, outcome)
        words = [self.programs.python, APP, json.dumps({**asked, "start": 0})]
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            if not heard.to_the_end(process.stdout or []):
                outcome.hear("failed", heard.test, "the process ended")
        return outcome


@contextlib.contextmanager
def database(python: Path, chosen: list[Suite]) -> Iterator[dict[str, str]]:
    """A server of PostgreSQL, if a suite wants one."""
    if not any(suite.database for suite in chosen):
        yield {}
        return
    with subprocess.Popen([python, SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        told = process.stdout.readline() if process.stdout else b""
        if not told:
            raise SystemExit("the database did not start")
        # It ends with its input, which is closed here.
        yield json.loads(told)


def run(wasgi: Path, python: Path, chosen: list[Suite], without: list[str]) -> dict[str, list[Outcome]]:
    """Of each package the outcomes in the sandbox and natively."""
    found = {suite.name: [Outcome(), Outcome()] for suite in chosen}
    with tempfile.TemporaryDirectory() as name, database(python, chosen) as served:
        folder, build = Path(name), Build()
        build.log = folder / "fetching"
        work = [(suite, module) for suite in chosen for module in suite.unpack(build, folder / suite.name)]
        both = Run(Programs(wasgi, python, served), folder, chosen, without)
        try:
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                all_outcomes = pool.map(lambda one: both.module(*one), work)
                for (suite, _), outcomes in zip(work, all_outcomes, strict=True):
                    for whole, part in zip(found[suite.name], outcomes, strict=True):
                        whole.add(part)
        finally:
            both.served.end()
    return found


def judge(chosen: list[Suite], found: dict[str, list[Outcome]], reasons: Reasons) -> list[str]:
    """What is wrong with it."""
    ours = [failure for suite in chosen for failure in failures(*found[suite.name]).items()]
    wrong = [f"{test} failed: {text}" for test, text in ours if not reasons.explain(test, text)]
    for suite in chosen:
        print(row(suite, *found[suite.name], reasons))
    return wrong


def write_page(reasons: Reasons, in_part: bool) -> list[str]:
    """Of what is kept; returns what is wrong with the reasons."""
    every = suites([])
    known = {suite.name: kept.outcomes(suite) for suite in every}
    lacking = [name for name, outcomes in known.items() if not outcomes]
    if lacking and not in_part:
        print(f"The page is left as it is, as these did not run: {', '.join(lacking)}.")
        print("--page writes it of the others.")
        return []
    found = {name: outcomes for name, outcomes in known.items() if outcomes}
    ran = [suite for suite in every if suite.name in found]
    PAGE.write_text(page(ran, found, reasons, " ".join(LIMITS), lacking))
    return [] if lacking else [f"{pattern}: nothing fails for this reason" for pattern in reasons.needless()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wasgi", type=Path)
    parser.add_argument("python", type=Path)
    parser.add_argument("packages", nargs="*")
    parser.add_argument("--page", action="store_true", help="write the page though not all packages ran")
    given = parser.parse_args()
    chosen = suites(given.packages)
    reasons = Reasons((HERE / "reasons.txt").read_text())
    found = run(given.wasgi.resolve(), given.python.absolute(), chosen, reasons.not_run)
    for suite in chosen:
        kept.keep(suite, found[suite.name])
    if wrong := judge(chosen, found, reasons) + write_page(reasons, given.page):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    try:
        main()
    except RecipeError as error:
        sys.exit(f"error: {error}")
