"""Hooks around the snapshot that `wasgi build` and `wasgi run` take, and for the early end of a request.

    import wasgi

    @wasgi.before_snapshot
    def warm_up(): ...          # once, when the application is built

    @wasgi.after_restore
    def configure(): ...        # at the start of every request, in its fresh copy of the snapshot

Other servers never call the hooks: importing this module and registering functions has no effect there.
"""

__all__ = ["Deadlock", "RequestEnded", "after_restore", "before_snapshot", "let_threads_wait"]

# The sandbox's boot reads them.
_BEFORE_SNAPSHOT = []
_AFTER_RESTORE = []
_AFTER_ANSWER = [0]


def before_snapshot(function):
    """Registers `function()` to run once, after the application's import and before the snapshot.

    For work that every request would otherwise repeat: imports, compiled templates, caches. An exception
    fails the build. Returns `function`, so it can be a decorator.
    """
    _BEFORE_SNAPSHOT.append(function)
    return function


def after_restore(function):
    """Registers `function()` to run before the application in every request, warm-up requests included.

    For state that must not be in the snapshot: secrets, connections, configuration from os.environ, which by
    then has the granted variables. An exception is answered with status 500. Functions run in the order of
    registration, and only those registered before the snapshot. Returns `function`, so it can be a decorator.
    """
    _AFTER_RESTORE.append(function)
    return function


def let_threads_wait(seconds):
    """Sets how long daemon threads, and threads started at import, may wait after a response.

    After the response, threads finish their work. By default (0) such a thread ends where it would have to
    wait; with `seconds` it may sleep, or wait for its next turn, until so many have passed since the
    response. With None, threads of the import run only while a request waits for them.
    """
    _AFTER_ANSWER[0] = seconds


class Deadlock(RuntimeError):
    """A thread or an event loop waits for an event that no other thread can cause. The message names the
    wait."""


_REASONS = {"deadline": "its deadline has passed", "client-gone": "its client is gone"}


class RequestEnded(BaseException):
    """Raised in an application whose request has ended early: no client waits for its response any more.

    It lets `finally` blocks, context managers and generators undo their work and release resources. It is
    raised where the application waits, reads the request or writes to the response; again at each further one
    of these; and at the next call, if the application caught it and did not pass it on. Files and the log can
    be written until the sandbox is dropped, a moment later. Like SystemExit, it is not an Exception:
    `except Exception` does not catch it.

    `reason` is "deadline" (`--timeout`) or "client-gone".
    """

    def __init__(self, reason: str = "deadline"):
        super().__init__(f"the request has ended: {_REASONS.get(reason, reason)}")
        self.reason = reason
