"""Called by C before the snapshot is taken: loads the application and leaves the handler behind."""

import gc
import json
import os
import sys
from functools import partial

import _wasgi
import wasgi
from _wasgi_threads import waiting

from . import (
    accelerators,
    body,
    census,
    forgetful,
    gateway,
    held,
    home,
    imported,
    inert,
    lazy,
    rehearsal,
    state,
    trial,
    warm,
    whole_body,
)
from .environ import set_software
from .errors import LoadError
from .explain import advice
from .gateway import serve
from .late import AfterImport
from .loader import load
from .native import NativeFinder
from .numpy_generators import Seeds
from .opened import Opened
from .precompile import precompile
from .resume import forget, renew_in_requests, resume
from .reuse import refuse, welcome_again
from .tracebacks import format_error
from .variables import grant
from .warmup import frozen, warm_up
from .watch import Watch

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
            _wasgi.report(precompile(config["precompile"], config["docstrings"]))
            return 0
        report = _boot(config)
    except LoadError as error:
        report = {"ok": False, "message": str(error), "findings": error.findings}
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
    _wasgi.set_ended(wasgi.RequestEnded)
    gateway.developing = _wasgi.developing
    body.hand_over = _wasgi.hand_over
    home.settle()
    sys.path += [path for path in config.get("sys_path_extra", ()) if path not in sys.path]
    accelerators.keep_from_others(sys.path)
    checked = _checked() if config.get("check") else _as_it_is
    finder = NativeFinder(config.get("native", ()), config.get("left_out", ()))
    sys.meta_path.append(finder)
    if joined := config.get("joined"):
        _give_files(joined)
    AfterImport(_ADAPTED).install()
    warm.up()
    # In front, as with `python app.py`, but only now: the gateway must not import files of the application.
    sys.path.insert(0, APPLICATION)
    pages = _wasgi.pages()
    _set_variables(config)
    application, report = _import(config, finder)
    again = refuse if config.get("refuse_reuse") else None
    _wasgi.set_handler(_make_handler(checked(_with_hooks(application)), again))
    if not config.get("haste", False):
        imported.known = len(sys.modules)
    # Garbage would be carried by every instance, and what is frozen no collection ever touches.
    gc.collect()
    gc.freeze()
    return {"ok": True, **report, **census.take(pages)}


def _give_files(joined: dict[str, str]) -> None:
    # Imported here: most applications have no such modules.
    from .joined import JoinedFinder

    sys.meta_path.insert(0, JoinedFinder(joined))


def _set_variables(config: dict) -> None:
    """What a build gives to every import, then what is granted to this one."""
    os.environ.update(config.get("environment", ()))
    _, granted = _wasgi.environ()
    grant(granted or [], {})


def _import(config: dict, finder: NativeFinder) -> tuple[object, dict]:
    """Brings everything into memory that a request may want to find there, and nothing that must be fresh."""
    lesson = json.loads(_wasgi.lesson() or b"{}")
    seeds = Seeds()
    seeds.watch()
    with Watch(_wasgi.watch, _wasgi.is_granted, seeds) as watch:
        application, report = load(config["target"], finder)
        _bring(lesson.get("imports", ()))
        _prepare(wasgi._BEFORE_SNAPSHOT)
    if waiting:
        report["notes"] += _threads().keep()
    seen = watch.report()
    report["warnings"] = seen["warnings"]
    report["notes"] += seen["notes"]
    if whole_body.is_needed():
        application = whole_body.with_length(application)
    restored = _with_hooks(application)
    answer = _make_handler(restored)
    targets = config.get("warm", ())
    if targets is None:
        _wasgi.set_trial(partial(_try, answer))
        targets = [trial.TARGET] if lesson.get("warm") else []
        # Nobody asked for these requests, and nobody wants to read what they print.
        _wasgi.mute(True)
    opened = Opened(watch.opened)
    _wasgi.watch(opened.heard)
    answered, noted = warm_up(answer, targets)
    _wasgi.watch(None)
    report["notes"] += noted
    asked = answered if config.get("warm") else []
    before = state.held() if asked else {}
    _settle(answer, answered, (watch, seeds), config.get("haste", False))
    seeds.remove()
    report["notes"] += frozen(asked, before)
    _wasgi.mute(False)
    kept = held.check(opened.places)
    report["notes"] += kept
    report["notes"] += forgetful.notes()
    report["directories"] = {"used": _wasgi.were_grants_used(), "held": kept}
    return application, report


def _bring(names: list[str]) -> None:
    _wasgi.mute(True)
    lazy.bring(names)
    _wasgi.mute(False)


def _try(answer) -> None:
    trial.probe(answer, _tell)


def _tell(objection: str | None, imports: list[str]) -> None:
    _wasgi.report(json.dumps({"objection": objection, "imports": imports}).encode())


def _settle(answer, targets: list[str], watches: tuple[Watch, Seeds], haste: bool) -> None:
    """Rehearses requests as they will be answered, then forgets what these left behind.

    In `haste`, requests will be slower instead.
    """
    watch, seeds = watches
    renew_in_requests(watch.generators(), seeds.living())
    requests = [(answer, target) for target in targets]
    _wasgi.pretend(True)
    if not haste:
        rehearsal.settle([(_make_handler(rehearsal.application), "/"), *requests])
    _wasgi.set_rehearsal(partial(rehearsal.once, requests or [(_make_handler(rehearsal.application), "/")]))
    _wasgi.pretend(False)
    forget()
    renew_in_requests(watch.generators(), seeds.living())


def _prepare(functions: list) -> None:
    for function in functions:
        try:
            function()
        except BaseException as error:
            raise LoadError(
                f"{inert.label(function)}, given to wasgi.before_snapshot, failed:{advice(error)}\n\n"
                f"{format_error(error)}"
            ) from error


def _with_hooks(application):
    functions = tuple(wasgi._AFTER_RESTORE)
    if not functions:
        return application

    def restored(environ, start_response):
        for function in functions:
            function()
        return application(environ, start_response)

    return restored


def _make_handler(application, again=None):
    """`again` answers what comes to an instance that has served a request already."""
    again = again or application

    def handle(request) -> None:
        settings, granted = _wasgi.environ()
        resume(settings, granted)
        answer = application
        if "wsgi.run_once" in settings:
            welcome_again()
            answer = again
        try:
            serve(answer, request, settings)
        finally:
            if waiting:
                _threads().finish(wasgi._AFTER_ANSWER[0])
            _flush()

    return handle


def _as_it_is(application):
    return application


def _checked():
    """Gives what `wasgi check` needs, before files of the application can hide what it imports."""
    from .checking import checked

    return checked


def _threads():
    """Gives what few applications need."""
    from . import threads

    return threads


def _adapt_asyncio(asyncio) -> None:
    from . import loops

    loops.install(asyncio)


def _adapt_ssl(ssl) -> None:
    from . import outgoing_tls

    outgoing_tls.install(ssl)


def _adapt_pool(pool) -> None:
    from . import inplace

    inplace.adapt_pool(pool)


def _adapt_resources(common) -> None:
    """files() skips the frames of its own file to find its caller, and they have the name of the source."""
    common.__file__ = common.from_package.__code__.co_filename


def _adapt_argon2(utils) -> None:
    """It takes every WebAssembly for one that cannot compute several lanes. The package's code here can, one
    after another; and with fewer by default, each hash from elsewhere would be said to need a new one.
    """
    utils._is_wasm = lambda: False


# What is done with modules when they are imported.
_ADAPTED = {
    "argon2._utils": _adapt_argon2,
    "asyncio": _adapt_asyncio,
    "importlib.resources._common": _adapt_resources,
    "multiprocessing.pool": _adapt_pool,
    "ssl": _adapt_ssl,
}


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            # Closed or replaced by the application: there is nothing to save.
            pass
