"""Draws a salt at import, which all requests then have."""

import bcrypt
from answers import by_path

SALT = bcrypt.gensalt()

app = by_path(length=lambda: len(SALT))
