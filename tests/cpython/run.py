"""CPython's regression tests in the sandbox, a request for each module.

python3 tests/cpython/run.py WASGI [MODULE...]

The modules are those of `modules.txt`, and the tests those of the sources that the guest is built from. A
test may fail for a reason that `reasons.txt` gives; any other failure, and a reason that explains nothing, is
an error. When all modules ran, the table `results.md` is written anew; otherwise it must be as it is there.
"""

import argparse
import concurrent.futures
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from served import Outcome, Served
from table import RESULTS, Reasons, row, table

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
#: What a module may take. Natively, tests have all of the machine's memory, and all the time they want.
LIMITS = ["--memory", "2GiB", "--timeout", "3600s", "--output", "1GiB", "--random", "1GiB"]


def tests_of_cpython() -> Path:
    """`Lib/test` of the sources that the guest is built from."""
    command = [sys.executable, REPOSITORY / "python-wasm/build.py", "sources"]
    return Path(subprocess.check_output(command, text=True).split()[-1]) / "python/Lib/test"


def serve(wasgi: Path, folder: Path) -> Served:
    """The tests, packed as an application's packages are."""
    shutil.copytree(tests_of_cpython(), folder / "packages/test", symlinks=True)
    (folder / "app").mkdir()
    for part in ["app.py", "lacking.py"]:
        shutil.copy(HERE / part, folder / "app")
    options = ["--site-packages", folder / "packages", "--sources", "all", "--keep", "**", "--cold"]
    command = [wasgi, "run", folder / "app/app.py", "--bind", "127.0.0.1:0", *options, *LIMITS]
    return Served(command, folder / "log")


def modules() -> list[str]:
    lines = (HERE / "modules.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def run(wasgi: Path, names: list[str], without: list[str]) -> dict[str, Outcome]:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        served = serve(wasgi, Path(folder))
        try:
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                asked = {pool.submit(timed, served, name, without): name for name in names}
                for done in concurrent.futures.as_completed(asked):
                    outcome, seconds = done.result()
                    name = asked[done]
                    found[name] = outcome
                    print(f"{name}: {outcome}, {seconds:.0f} s", file=sys.stderr, flush=True)
        finally:
            served.end()
    return found


def timed(served: Served, name: str, without: list[str]) -> tuple[Outcome, float]:
    began = time.monotonic()
    return served.run(f"/{name}", f"test.{name}", {"without": without}), time.monotonic() - began


def judge(found: dict[str, Outcome], all_ran: bool, reasons: Reasons) -> list[str]:
    """What is wrong with it; writes the table where all modules ran."""
    failures = [item for _, outcome in sorted(found.items()) for item in outcome.failed.items()]
    wrong = [f"{test} failed: {text}" for test, text in failures if not reasons.explain(test, text)]
    if all_ran:
        RESULTS.write_text(table(found, reasons, " ".join(LIMITS)))
        return wrong + [f"{pattern}: nothing fails for this reason" for pattern in reasons.needless()]
    known = RESULTS.read_text().splitlines()
    rows = [row(module, outcome, reasons) for module, outcome in found.items()]
    return wrong + [f"{RESULTS.name} has another row: {row}" for row in rows if row not in known]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wasgi", type=Path)
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--json", type=Path, help="where to leave all outcomes")
    given = parser.parse_args()
    reasons = Reasons((HERE / "reasons.txt").read_text())
    found = run(given.wasgi.resolve(), given.modules or modules(), reasons.not_run)
    if given.json:
        given.json.write_text(json.dumps({name: vars(found[name]) for name in sorted(found)}, indent=1))
    if wrong := judge(found, not given.modules, reasons):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
