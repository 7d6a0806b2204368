"""Turns the interpreter's own screws: what comes after, in this request, may break; nothing else may."""

import atexit
import builtins
import codecs
import faulthandler
import gc
import io
import os
import sys
import threading
import types
import warnings
import weakref


def recursion_limit():
    sys.setrecursionlimit(10**9)
    return "set"


def tiny_recursion_limit():
    sys.setrecursionlimit(40)
    return open("/app/hello.py").read(3)


def settrace():
    sys.settrace(lambda *_: 1 / 0)
    return len(str(1))


def setprofile():
    sys.setprofile(lambda *_: 1 / 0)
    return len(str(1))


def audit_hook():
    sys.addaudithook(lambda *_: 1 / 0)
    return open("/app/hello.py").read(3)


def asyncgen_hooks():
    sys.set_asyncgen_hooks(print, print)

    async def generate():
        yield

    generate().asend(None).close()
    return "set"


def unraisable_hook():
    sys.unraisablehook = lambda *_: sys.exit(3)

    class Dying:
        def __del__(self):
            raise ValueError

    Dying()
    return "set"


def excepthook():
    sys.excepthook = lambda *_: os._exit(3)
    raise ValueError


def at_exit():
    atexit.register(print, "a handler of atexit ran")
    return "registered"


def weak_callback():
    watched = types.SimpleNamespace()
    watched.watch = weakref.ref(watched, lambda _: sys.exit(3))
    kept = weakref.ref(watched, lambda _: sys.exit(3))
    del watched
    return kept()


class _Undead:
    kept: list = []

    def __del__(self):
        self.kept.append(self)


def resurrect():
    _Undead()
    return len(_Undead.kept)


def finalizer_at_the_end():
    """Alive when the request ends; its sandbox goes without running it."""

    class Late:
        def __del__(self):
            print("a finalizer ran after its request")

    builtins.late = Late()
    return "kept"


def endless_finalizer():
    class Dying:
        def __del__(self):
            Dying()

    builtins.dying = Dying()
    return "kept"


def no_collector():
    gc.disable()
    gc.set_threshold(0)
    return gc.isenabled()


def collector_callback():
    gc.callbacks.append(lambda *_: sys.exit(3))
    return gc.collect() >= 0


def thaw():
    gc.unfreeze()
    return gc.collect() >= 0


def environment():
    os.environ["PATH"] = "/attack"
    os.environ.clear()
    return dict(os.environ)


def no_builtins():
    vars(builtins).clear()
    return 1


def no_modules():
    sys.modules.clear()
    return 1


def no_streams():
    sys.stdout = sys.stderr = None
    raise ValueError


def closed_streams():
    sys.stdout.close()
    sys.stderr.close()
    raise ValueError


def patched_builtins():
    builtins.len = builtins.isinstance = builtins.open = builtins.getattr = None
    return "patched"


def patched_gateway():
    for name, module in list(sys.modules.items()):
        if name.startswith("wasgi_guest"):
            vars(module).clear()
    return "cleared"


def codec_registry():
    codecs.unregister(codecs.lookup)
    codecs.register_error("strict", lambda _: ("", 0))
    return "registered"


def faults():
    faulthandler.enable(io.FileIO(2, closefd=False))
    faulthandler.dump_traceback()
    faulthandler.register(10)


def later_faults():
    faulthandler.dump_traceback_later(1)


def deadlock():
    lock = threading.Lock()
    lock.acquire()
    return lock.acquire(timeout=0.01)


def own_frames():
    """Changes the gateway's local variables through its frames."""
    frame = sys._getframe()
    while frame := frame.f_back:
        frame.f_locals.update(dict.fromkeys(["response", "request", "iterable"]))
    return "changed"


def warnings_as_errors():
    warnings.simplefilter("error")
    warnings.warn("now an error", stacklevel=1)
