"""Says which module `wasgi` a sandbox imports, and which installed files have that in their names."""

import site
from pathlib import Path

import wasgi


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    installed = [path for folder in site.getsitepackages() for path in Path(folder).rglob("*")]
    return ["\n".join([wasgi.__file__, *(str(path) for path in installed if "wasgi" in path.name)]).encode()]
