"""Damages what a request can reach; says first which damage it found, which must be none."""

import builtins
import json
import os
import sys
import types

_DUMPS = json.dumps


def app(environ, start_response):
    found = {
        "builtin": "marked" in vars(builtins),
        "patched function": json.dumps is not _DUMPS,
        "environment": "MARKED" in os.environ,
        "module": "marked" in sys.modules,
        "import path": "/marked" in sys.path,
    }
    builtins.marked = True
    json.dumps = repr
    os.environ["MARKED"] = "yes"
    sys.modules["marked"] = types.ModuleType("marked")
    sys.path.insert(0, "/marked")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [", ".join(name for name, there in found.items() if there).encode() or b"none"]
