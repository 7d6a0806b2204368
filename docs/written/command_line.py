"""Writes docs/reference/command-line.md from what the command prints as its help: `./just reference`."""

import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "reference" / "command-line.md"
#: Where a build leaves the command.
BINARY = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "release" / "wasgi"

HEAD = """# Command line

This is the output of `--help` for each command, written by `./just reference`. `wasgi man FOLDER` writes the
same as manual pages; `wasgi completions SHELL` prints completions for bash, zsh or fish.
"""


def page(binary: Path = BINARY) -> str:
    """The page's text, as `binary` has its commands and options."""
    overview = _help(binary)
    listed = overview.partition("Commands:\n")[2].partition("\n\n")[0]
    commands = [name for name in re.findall(r"^  (\w+)", listed, re.MULTILINE) if name != "help"]
    sections = [_section("wasgi", overview)]
    sections += [_section(f"wasgi {command}", _help(binary, command)) for command in commands]
    return HEAD + "".join(sections)


def _help(binary: Path, *command: str) -> str:
    return subprocess.run([binary, *command, "--help"], check=True, capture_output=True, text=True).stdout


def _section(name: str, text: str) -> str:
    block = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return f"\n## {name}\n\n```text\n{block}\n```\n"


if __name__ == "__main__":
    if not BINARY.is_file():
        sys.exit(f"{BINARY} is not there: `./just build` makes it")
    PAGE.write_text(page())
