"""Records which lines open files, for the notices on files that stay open."""

import os

from . import blame, inert


class Opened:
    """Records which lines open files. `places` maps absolute paths to lines and may have entries already."""

    def __init__(self, places: dict[str, blame.Place]):
        self.places = places

    def heard(self, event: str, arguments) -> None:
        """A listener for `_wasgi.watch`."""
        path = inert.path(arguments[0]) if event in {"open", "sqlite3.connect"} else None
        if path is not None:
            self.note(path)

    def note(self, path: str) -> None:
        """Records the line that opens this path now; it may be SQLite's URI."""
        place = blame.find()
        if place is not None:
            name = path.removeprefix("file:").partition("?")[0]
            self.places[os.path.abspath(name)] = place
