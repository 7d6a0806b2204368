"""Checks crates by deny.toml: `./just deny`. Given is the folder of cargo-deny.

Advisories are checked where their database can be fetched; elsewhere until the day in advisories.toml.
"""

import datetime
import subprocess
import sys
import tomllib
from pathlib import Path

WAIVER = Path(__file__).with_name("advisories.toml")


def decision(waiver: dict, today: datetime.date) -> tuple[bool, str]:
    """Whether a check without advisories passes today, and what to say of it."""
    until = waiver["until"]
    if today <= until:
        return True, f"deny: the advisories cannot be fetched; waived until {until}: {waiver['reason']}"
    return False, f"deny: the advisories cannot be fetched, and their waiver ended on {until} ({WAIVER})"


def main(folder: str) -> int:
    """Gives the exit code."""
    deny = [f"{folder}/bin/cargo-deny", "--locked"]
    if code := subprocess.call([*deny, "check", "licenses", "bans", "sources"]):
        return code
    if subprocess.run([*deny, "fetch", "db"], check=False, capture_output=True).returncode == 0:
        return subprocess.call([*deny, "check", "advisories"])
    passes, text = decision(tomllib.loads(WAIVER.read_text()), datetime.date.today())
    print(text, file=sys.stderr)
    return 0 if passes else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
