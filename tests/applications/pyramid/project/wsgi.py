"""The application as pyramid's documentation has it behind mod_wsgi."""

import os

from pyramid.paster import get_app

application = get_app(os.path.join(os.path.dirname(__file__), "production.ini"), "main")
