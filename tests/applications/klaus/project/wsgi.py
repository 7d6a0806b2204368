"""A site of repositories by klaus."""

import os

from klaus import make_app

HERE = os.path.dirname(os.path.abspath(__file__))
application = make_app([os.path.join(HERE, "repositories", "larder")], "exercise", use_smarthttp=True)
