"""Native tests of the guest's Python, on any Python from 3.11 on.

From the repository's root: python3 -m unittest discover -s guest/tests -t guest
"""

import os
import sys

from . import fake_net, fake_outgoing

_GUEST = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(_GUEST, "python"), os.path.join(_GUEST, "hooks")]
fake_outgoing.install()
fake_net.install()
