"""A tracker, as Roundup's documentation has it behind a WSGI server."""

import os

from roundup.cgi.wsgi_handler import RequestDispatcher

application = RequestDispatcher(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tracker"))
