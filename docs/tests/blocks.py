"""The code blocks of a document, and what of them a reader types.

A block of `console` holds commands, each behind `$ `, and below a command what it prints. Before it:

    <!-- not run, PROGRAM: WHY -->   its commands that begin with PROGRAM are not run, for a reason
    <!-- place: NAME -->             from here on, commands run in a copy of docs/tests/command/places/NAME
    <!-- in: FILE -->                the block is a part of that file of the place
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: The documents whose commands are run.
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
LANGUAGES = {"apache", "console", "dockerfile", "ini", "nginx", "python", "text", "toml", "yaml"}

_NOT_RUN = re.compile(r"<!-- not run, ([\w./-]+): (.+) -->")
_PLACE = re.compile(r"<!-- place: ([\w-]+) -->")
_IN = re.compile(r"<!-- in: ([\w./-]+) -->")
PLACES = ROOT / "docs" / "tests" / "command" / "places"


@dataclass
class Command:
    """A command, where it runs, why not, and the lines that the document shows of its output."""

    line: str
    place: str
    not_run: str | None
    output: list[str] = field(default_factory=list)

    @property
    def program(self) -> str:
        return self.line.split()[0]


class Document:
    """The commands of the document at `path`, and what is wrong with its blocks."""

    def __init__(self, path: Path):
        self.commands: list[Command] = []
        self.faults: list[str] = []
        self._place = path.stem
        self._reasons: dict[str, str] = {}
        # The language of the block that is being read, its lines, and the file that they are in.
        self._block: str | None = None
        self._lines: list[str] = []
        self._in: Path | None = None
        self._first = 0
        before = ""
        for number, line in enumerate(path.read_text().splitlines(), 1):
            fault = self._take(line, before)
            if fault:
                self.faults.append(f"{path.relative_to(ROOT)}:{number}: {fault}")
            before = line

    def _take(self, line: str, before: str) -> str | None:
        if line.startswith("```"):
            return self._fence(line[3:])
        if self._block == "console":
            self._typed(line)
        elif self._block is not None:
            self._lines.append(line)
        elif found := _NOT_RUN.fullmatch(line):
            self._reasons[found[1]] = found[2]
        elif found := _PLACE.fullmatch(line):
            self._place = found[1]
        elif found := _IN.fullmatch(line):
            self._in = PLACES / self._place / found[1]
        elif line.startswith("    ") and not before:
            return "a block without a fence"
        return None

    def _fence(self, language: str) -> str | None:
        if self._block is None:
            self._block, self._lines, self._first = language, [], len(self.commands)
            return None if language in LANGUAGES else f"a block of {language or 'no language'}"
        unused = set(self._reasons) - {command.program for command in self.commands[self._first :]}
        file, self._block, self._reasons, self._in = self._in, None, {}, None
        if file and "\n".join(self._lines) not in file.read_text():
            return f"the block is no part of {file.relative_to(ROOT)}"
        return f"no command of the block begins with {', '.join(sorted(unused))}" if unused else None

    def _typed(self, line: str) -> None:
        if line.startswith("$ "):
            program = line.split()[1]
            self.commands.append(Command(line[2:], self._place, self._reasons.get(program)))
        elif line:
            self.commands[-1].output.append(line)
