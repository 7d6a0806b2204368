"""A package index, as pypiserver's documentation has it behind a WSGI server."""

import os

import pypiserver

HERE = os.path.dirname(os.path.abspath(__file__))
application = pypiserver.app(
    roots=[os.path.join(HERE, "packages")],
    password_file=os.path.join(HERE, "htpasswd"),
    disable_fallback=True,
    overwrite=False,
)
