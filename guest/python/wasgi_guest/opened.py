"""Which lines open files, for what is to be said of those that stay open."""

import os

from . import blame, inert


class Opened:
    """Remembers which lines open files; `places` is by absolute path, and may be known in part already."""

    def __init__(self, places: dict[str, blame.Place]):
        self.places = places

    def heard(self, event: str, arguments) -> None:
        """A listener for `_wasgi.watch`."""
        path = inert.path(arguments[0]) if event in {"open", "sqlite3.connect"} else None
        if path is not None:
            self.note(path)

    def note(self, path: str) -> None:
        """Remembers that this path, which may be SQLite's URI, is opened just now."""
        place = blame.find()
        if place is not None:
            name = path.removeprefix("file:").partition("?")[0]
            self.places[os.path.abspath(name)] = place
