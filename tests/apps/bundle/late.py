"""Imported inside a request only."""

WORD = "late but here"
