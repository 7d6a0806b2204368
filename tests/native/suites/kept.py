"""What was found of each package, kept for the page, also of runs of others."""

import json
from pathlib import Path

from served import Outcome
from suites import Suite

FOLDER = Path(__file__).resolve().parents[3] / "target/native-suites"


def keep(suite: Suite, outcomes: list[Outcome]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    told = {"version": suite.pinned["version"], "outcomes": [vars(outcome) for outcome in outcomes]}
    file(suite).write_text(json.dumps(told, indent=1))


def outcomes(suite: Suite) -> list[Outcome] | None:
    """In the sandbox and natively, if the version that is pinned now has run."""
    if not file(suite).exists():
        return None
    told = json.loads(file(suite).read_text())
    if told["version"] != suite.pinned["version"]:
        return None
    return [outcome(one) for one in told["outcomes"]]


def outcome(told: dict) -> Outcome:
    found = Outcome()
    vars(found).update(told)
    return found


def file(suite: Suite) -> Path:
    return FOLDER / f"{suite.name}.json"
