"""Names that carry CPython's version: pins.toml has it, and no other file.

A step that uses them has the pin in its key, through the step `sources` or its own pins.
"""

import tomllib

from .base import ROOM

#: As in "3.14.2".
FULL = tomllib.loads((ROOM / "pins.toml").read_text())["python"]["version"]
#: As in "3.14".
SERIES = ".".join(FULL.split(".")[:2])
#: As in "314", which names of files and of binary interfaces have.
COMPACT = SERIES.replace(".", "")
#: What folders of headers and of the library, and the command, are called.
NAME = f"python{SERIES}"
LIBRARY = f"lib{NAME}.a"
#: Where the guest sees the standard library.
STDLIB = f"/lib/{NAME}"
