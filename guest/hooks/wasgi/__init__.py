"""Hooks around the snapshot that `wasgi build` and `wasgi run` take of an application, and a request's end.

    import wasgi

    @wasgi.before_snapshot
    def warm_up(): ...          # once, when the application is built

    @wasgi.after_restore
    def configure(): ...        # at the start of every request, in its fresh copy of the snapshot

Under any other server nothing calls them: importing this module and registering functions is without effect.
"""

__all__ = ["Deadlock", "RequestEnded", "after_restore", "before_snapshot", "let_threads_wait"]

# The sandbox's boot reads them.
_BEFORE_SNAPSHOT = []
_AFTER_RESTORE = []
_AFTER_ANSWER = [0]


def before_snapshot(function):
    """Has `function()` called once, after the application is imported and before the snapshot is taken.

    For work that every request would otherwise repeat: imports, compiled templates, caches. What it raises
    fails the build. Gives `function`, so it can be a decorator.
    """
    _BEFORE_SNAPSHOT.append(function)
    return function


def after_restore(function):
    """Has `function()` called at the start of every request, before the application, and of warm-up requests.

    For what must not lie in the snapshot: secrets, connections, configuration from os.environ, which by then
    holds what the host grants. What it raises is answered with status 500. Functions run in the order of
    registration, and only those registered before the snapshot. Gives `function`, so it can be a decorator.
    """
    _AFTER_RESTORE.append(function)
    return function


def let_threads_wait(seconds):
    """Says for how long daemon threads, and those that the import has started, may wait after an answer.

    When a request has been answered, what threads have left to do is done. By default (0) such a thread ends
    where it would have to wait; with `seconds` it may sleep, or wait for its next turn, until so many have
    passed since the answer. With None, threads of the import run only where a request waits for them.
    """
    _AFTER_ANSWER[0] = seconds


class Deadlock(RuntimeError):
    """A thread waits for what nothing that is left can give, or an event loop does. It names the wait."""


_REASONS = {"deadline": "its deadline has passed", "client-gone": "its client is gone"}


class RequestEnded(BaseException):
    """Raised in an application whose request has ended first: nobody waits for its answer.

    So that `finally` blocks, context managers and generators can undo and release what they hold. It is
    raised where the application waits, reads the request or writes to the answer; again at each further one
    of these; and at the next call when the application caught it and did not pass it on. Files and the log
    can be written until the sandbox is dropped, a moment later. Like SystemExit, it is no Exception:
    `except Exception` does not catch it.

    `reason` is "deadline" (`--timeout`) or "client-gone".
    """

    def __init__(self, reason: str = "deadline"):
        super().__init__(f"the request has ended: {_REASONS.get(reason, reason)}")
        self.reason = reason
