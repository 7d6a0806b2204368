"""Called by C before the snapshot is taken: loads the application and leaves the handler behind."""

import gc
import json
import sys

import _wasgi

from . import census, rehearsal, warm, whole_body
from .environ import set_software
from .errors import LoadError
from .gateway import serve
from .loader import load
from .native import NativeFinder
from .precompile import precompile
from .resume import resume
from .tracebacks import format_error

CONFIG = "/wasgi/config.json"
APPLICATION = "/app"


def main() -> int:
    """Gives 0 with a handler set, 1 without; either way `_wasgi.report` has been told what came of it.

    A configuration that names files to `precompile` asks for their byte code, and for nothing else.
    """
    try:
        with open(CONFIG, encoding="utf-8") as file:
            config = json.load(file)
        if "precompile" in config:
            _wasgi.report(precompile(config["precompile"]))
            return 0
        report = _boot(config)
    except LoadError as error:
        report = {"ok": False, "message": str(error)}
    except BaseException as error:
        report = {"ok": False, "message": f"wasgi could not start the application:\n\n{format_error(error)}"}
    _flush()
    _wasgi.report(json.dumps(report).encode())
    return 0 if report["ok"] else 1


def _boot(config: dict) -> dict:
    for stream in (sys.stdout, sys.stderr):
        # Each line leaves at once: an instance that is ended at its deadline has no chance to flush.
        if stream is not None:
            stream.reconfigure(line_buffering=True)
    set_software(config["software"])
    sys.path += [path for path in config.get("sys_path_extra", ()) if path not in sys.path]
    finder = NativeFinder(config.get("native", ()))
    sys.meta_path.append(finder)
    warm.up()
    # In front, as with `python app.py`, but only now: the gateway must not import files of the application.
    sys.path.insert(0, APPLICATION)
    pages = _wasgi.pages()
    application, report = load(config["target"], finder)
    if whole_body.is_needed():
        application = whole_body.with_length(application)
    _wasgi.set_handler(_make_handler(application))
    rehearsal.settle(_make_handler(rehearsal.application))
    # Garbage would be carried by every instance, and what is frozen no collection ever touches.
    gc.collect()
    gc.freeze()
    return {"ok": True, **report, **census.take(pages)}


def _make_handler(application):
    def handle(request) -> None:
        settings, granted = _wasgi.environ()
        resume(settings, granted)
        try:
            serve(application, request, settings)
        finally:
            _flush()

    return handle


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            # Closed or replaced by the application: there is nothing to save.
            pass
