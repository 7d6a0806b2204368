"""The table of CPython's regression tests, and the reasons for what fails."""

import collections
import fnmatch
from pathlib import Path

from served import Outcome

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.md"

HEAD = """\
# CPython's regression tests in the sandbox

`./just cpython-tests` writes this page: `Lib/test` of the sources that the guest is built from, each module
in a sandbox of its own, over HTTP, from `wasgi run` with more than a request has otherwise:

    {limits}

Skipped are tests that skip themselves: on WASI, or for want of an extension that CPython builds for its tests
alone, or of a resource of its runner (network, subprocesses, much time).

"""


class Reasons:
    """Why tests fail, from `reasons.txt`.

    Below a line `## NAME: REASON` stand patterns of tests, each with a pattern of the error where ` -> `
    divides them. What stands after a `!` is not run, as it would not end or would disturb others.
    """

    def __init__(self, text: str):
        self.texts: dict[str, str] = {}
        self.of_pattern: dict[tuple[str, str], str] = {}
        self.not_run: list[str] = []
        for line in filter(None, map(str.strip, text.splitlines())):
            if line.startswith("## "):
                name, _, reason = line.removeprefix("## ").partition(": ")
                self.texts[name] = reason
            elif not line.startswith("#"):
                test, _, error = line.removeprefix("!").partition(" -> ")
                self.of_pattern[test, error or "*"] = name
                if line.startswith("!"):
                    self.not_run.append(test)
        self.used: set[tuple[str, str]] = set()

    def explain(self, test: str, error: str) -> str | None:
        """The name of the reason, if there is one."""
        for pattern, name in self.of_pattern.items():
            if fnmatch.fnmatchcase(test, pattern[0]) and fnmatch.fnmatchcase(error, pattern[1]):
                self.used.add(pattern)
                return name
        return None

    def needless(self) -> list[str]:
        """What is not run may be so on both sides, and fails on neither then."""
        idle = [pattern for pattern in self.of_pattern if pattern not in self.used]
        return [" -> ".join(pattern) for pattern in idle if pattern[0] not in self.not_run]


def row(module: str, outcome: Outcome, reasons: Reasons) -> str:
    why = collections.Counter(reasons.explain(*failure) or "?" for failure in outcome.failed.items())
    told = ", ".join(f"{name} {count}" for name, count in sorted(why.items()))
    failed, skipped = len(outcome.failed) or "", len(outcome.skipped) or ""
    return f"| {module} | {outcome.passed} | {failed} | {skipped} | {told} |"


def table(found: dict[str, Outcome], reasons: Reasons, limits: str) -> str:
    failures = [failure for outcome in found.values() for failure in outcome.failed.items()]
    why = collections.Counter(reasons.explain(*failure) or "?" for failure in failures)
    passed = sum(outcome.passed for outcome in found.values())
    skipped = sum(len(outcome.skipped) for outcome in found.values())
    total = f"{len(found)} modules: {passed} tests passed, {len(failures)} failed, {skipped} skipped.\n\n"
    lines = [
        "| why | failed | |",
        "|---|---|---|",
        *(f"| {name} | {count} | {reasons.texts.get(name, '')} |" for name, count in sorted(why.items())),
        "",
        "| module | passed | failed | skipped | why |",
        "|---|---|---|---|---|",
        *(row(module, outcome, reasons) for module, outcome in sorted(found.items())),
    ]
    return HEAD.format(limits=limits) + total + "\n".join(lines) + "\n"
