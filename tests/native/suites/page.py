"""The page of packages' own tests, `docs/lab/native-suites.md`."""

import collections
from pathlib import Path

from served import Outcome
from suites import Suite
from table import Reasons

PAGE = Path(__file__).resolve().parents[3] / "docs/lab/native-suites.md"
#: Characters of the reason why a test skips itself.
LONGEST = 90
HEAD = """\
# Packages' own tests in the sandbox

`./just test-suites` writes this page: the tests of the packages
[with native code](../reference/native-packages.md), as far as they are in the source distributions, run by
pytest, each module in a sandbox of its own, over HTTP, from `wasgi run` with more than a request has
otherwise:

    {limits}

The same modules ran under native CPython of the same series, in the same environment. *Failed* counts what
passes or skips itself there; *too* is what fails there as well, for want of a file or a package that the
tests ask for.

"""
COLUMNS = "| package | version | passed | natively | failed | too | skipped | why |\n" + "|---" * 8 + "|"


def failures(sandboxed: Outcome, natively: Outcome) -> dict[str, str]:
    """What fails in the sandbox alone."""
    return {test: text for test, text in sandboxed.failed.items() if test not in natively.failed}


def row(suite: Suite, sandboxed: Outcome, natively: Outcome, reasons: Reasons) -> str:
    ours = failures(sandboxed, natively)
    why = collections.Counter(reasons.explain(*failure) or "?" for failure in ours.items())
    told = ", ".join(f"{name} {count}" for name, count in sorted(why.items()))
    counts = [sandboxed.passed, natively.passed, len(ours), len(sandboxed.failed) - len(ours)]
    numbers = [count or "" for count in (*counts, len(sandboxed.skipped))]
    cells = [suite.name, suite.pinned["version"], *numbers, told]
    return f"| {' | '.join(map(str, cells))} |"


def page(
    suites: list[Suite], found: dict[str, list[Outcome]], reasons: Reasons, limits: str, lacking: list[str]
) -> str:
    both = [(suite, *found[suite.name]) for suite in suites]
    every = [failure for _, *outcomes in both for failure in failures(*outcomes).items()]
    why = collections.Counter(reasons.explain(*failure) or "?" for failure in every)
    passed = sum(sandboxed.passed for _, sandboxed, _ in both)
    lines = [
        f"{len(suites)} packages: {passed:,} tests passed, {len(every)} failed in the sandbox alone.\n",
        *([f"Not run with these: {', '.join(lacking)}.\n"] if lacking else []),
        COLUMNS,
        *(row(*one, reasons) for one in both),
        "\n| why | failed | |\n|---|---|---|",
        *(f"| {name} | {count} | {reasons.texts.get(name, '')} |" for name, count in sorted(why.items())),
        "\n## Skipped\n",
        "Tests that skip themselves in the sandbox and pass natively, by the reason that they give; and how",
        "many skip themselves natively, too.\n",
        "| package | natively, too | in the sandbox alone |\n|---|---|---|",
        *(skipped(*one) for one in both if one[1].skipped),
    ]
    return HEAD.format(limits=limits) + "\n".join(lines) + "\n"


def skipped(suite: Suite, sandboxed: Outcome, natively: Outcome) -> str:
    alone = [text for test, text in sandboxed.skipped.items() if test not in natively.skipped]
    told = ", ".join(
        f"{text} ({count})" for text, count in sorted(collections.Counter(map(plain, alone)).items())
    )
    return f"| {suite.name} | {len(sandboxed.skipped) - len(alone) or ''} | {told} |"


def plain(text: str) -> str:
    """As a cell of a table has it, without the objects that some reasons show in brackets."""
    line = " ".join(text.partition(" (<")[0].replace("|", "/").replace("`", "").split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "\u2026"
