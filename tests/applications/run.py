"""Serves real applications by gunicorn and by wasgi, and compares their answers: `./just test-applications
[NAME...]`.

Each folder beside this file has an application's pins and an exercise. That names the application as its
command line does (`APP`; `NATIVE` where gunicorn is told otherwise; `PINS` for the pins of another), the
folder that it writes to (`DATA`), variables (`ENVIRONMENT`), the pages to warm (`WARM`) and to measure
(`PAGE`), options (`OPTIONS`) and those of `wasgi build` alone (`BUILD`), and what varies from answer to answer (`VARIES`). `prepare` makes the project natively, `exercise`
sends the requests. With `--table` the same run measures, and writes docs/lab/applications.md.
"""

import argparse
import contextlib
import importlib.util
import re
import sys
import unittest
from pathlib import Path
from types import ModuleType

import peers
import table
from client import Client
from compare import differences


def names() -> list[str]:
    return sorted(path.parent.name for path in peers.HERE.glob("*/exercise.py"))


def exercise(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"exercise_{name}", peers.HERE / name / "exercise.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Comparison(unittest.TestCase):
    """An application answers in the sandbox as it does natively."""

    def __init__(self, name: str, binary: Path, measuring: bool) -> None:
        super().__init__()
        self.name, self.binary, self.measuring = name, binary, measuring
        self.application = exercise(name)

    def __str__(self) -> str:
        return self.name

    def runTest(self) -> None:  # noqa: N802 -- unittest's name
        try:
            numbers = self.compared()
        except AssertionError as error:
            if self.measuring:
                table.keep(self.name, self.application, {"equal": f"no: {reason(str(error))}"})
            raise
        if self.measuring:
            table.keep(self.name, self.application, {"equal": "yes", **numbers})

    def compared(self) -> dict:
        """Gives what was measured, if that was asked for."""
        with contextlib.ExitStack() as stack:
            copy = stack.enter_context(peers.prepared(self.application, peers.HERE / self.name))
            native, sandboxed = copy("native"), copy("sandboxed")
            servers = [peers.gunicorn(native)]
            stack.callback(servers[0].close)
            clients = [self.exercised(servers[0])]
            servers.append(peers.wasgi(sandboxed, self.binary))
            stack.callback(servers[1].close)
            clients.append(self.exercised(servers[1]))
            packages = native.environment.packages
            sandboxed_packages = f"/wasgi/lib/{packages.parent.name}/{packages.name}"
            places = [str(packages), sandboxed_packages, str(native.folder), "/app"]
            found = list(differences(*clients, places, getattr(self.application, "VARIES", [])))
            if found:
                raise AssertionError("\n\n".join(["answers differ", *found]))
            if check := getattr(self.application, "check_log", None):
                check(servers[1].log())
            if not self.measuring or not getattr(self.application, "MEASURED", True):
                return {}
            size = table.built(copy("built"), self.binary)
            return table.measured(self.application, servers, clients, size)

    def exercised(self, server: peers.Server) -> Client:
        client = Client(server.port)
        try:
            self.application.exercise(client)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{server.name}:\n{server.log()[-6000:]}") from None
        return client


def reason(message: str) -> str:
    """In few words why an application does not answer as natively."""
    if native := re.search(r"wasgi: error: .* is native machine code \(\S+ of ([^)]+)\)", message):
        return f"needs {native[1]}"
    if status := re.match(r"\w+ \S+ is \d+(?=, not)", message):
        return status[0]
    error = re.search(r"wasgi: error: (.*)", message) or re.search(r"(.*)", message)
    return error[1][:160].replace("|", "\\|")


class Told(unittest.TextTestResult):
    """Shows a failure at once, as others may take long."""

    def addFailure(self, test: unittest.TestCase, err: tuple) -> None:  # noqa: N802 -- unittest's name
        super().addFailure(test, err)
        self.stream.writeln(str(err[1]))

    def printErrorList(self, flavour: str, errors: list) -> None:  # noqa: N802 -- unittest's name
        if flavour == "ERROR":
            super().printErrorList(flavour, errors)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="applications; all by default")
    parser.add_argument("--wasgi", type=Path, default=peers.ROOT / "target/release/wasgi", help="the command")
    parser.add_argument("--table", action="store_true", help="measure, too, and write the page")
    given = parser.parse_args()
    chosen = given.names or names()
    if unknown := set(chosen) - set(names()):
        parser.error(f"{', '.join(sorted(unknown))}: no such application; there are {', '.join(names())}")
    tests = unittest.TestSuite(Comparison(name, given.wasgi, given.table) for name in chosen)
    passed = unittest.TextTestRunner(verbosity=2, resultclass=Told).run(tests).wasSuccessful()
    if given.table:
        table.write(given.wasgi)
    return not passed


if __name__ == "__main__":
    sys.exit(main())
