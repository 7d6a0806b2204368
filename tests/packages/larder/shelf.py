"""A module of it, with data beside it."""

import importlib.resources

JAM = importlib.resources.files(__package__).joinpath("jam.txt").read_text(encoding="utf-8").strip()
