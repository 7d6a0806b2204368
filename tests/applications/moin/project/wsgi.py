"""A wiki, as MoinMoin's documentation has it behind a WSGI server."""

import os

from moin.app import create_app

application = create_app(os.path.join(os.path.dirname(os.path.abspath(__file__)), "wikiconfig.py"))
