"""Before the snapshot: requests that nobody made, so that real ones find code ready and write to few pages.

CPython adapts code to what it meets and writes what it learns into the code: a request should find that done.
Some places go on counting in every request. Each page that a request writes to is restored before the next
one, so code that is written to is moved together.
"""

import gc
from types import CodeType, FunctionType

import _wasgi

# Code adapts after few runs; what it cannot adapt to, it tries again after twice as many each time.
_RUNS = 32
_HEADERS = [(b"host", b"localhost"), (b"user-agent", b"wasgi"), (b"accept", b"*/*")]


def settle(requests) -> None:
    """Rehearses requests and arranges memory by that.

    Each is a function that takes a request, as the host's handler does, and the target to ask it for.
    """
    functions = [thing for thing in gc.get_objects() if type(thing) is FunctionType]
    code = _code_of(functions)
    before = [hash(each._co_code_adaptive) for each in code]
    _rehearse(requests)
    written = {each for each, was in zip(code, before, strict=True) if hash(each._co_code_adaptive) != was}
    del code, before
    gc.collect()
    _wasgi.fill_heap()
    _wasgi.gather(True)
    try:
        _move(functions, written)
    finally:
        _wasgi.gather(False)
    # What was moved has forgotten what it had learned.
    _rehearse(requests)


def _rehearse(requests) -> None:
    for _ in range(_RUNS):
        once(requests)


def once(requests) -> None:
    for answer, target in requests:
        answer(request_for(target))


def request_for(target: str):
    """A request that nobody made; its answer goes nowhere."""
    return _wasgi.rehearsal("GET", "http", "localhost", target, _HEADERS[:])


def application(environ, start_response):
    """Does what most applications do; the gateway is rehearsed with it."""
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"rehearsed"]


def _code_of(functions) -> list[CodeType]:
    """The code of all functions and the code inside of it."""
    found, waiting = {}, [function.__code__ for function in functions]
    while waiting:
        code = waiting.pop()
        if id(code) not in found:
            found[id(code)] = code
            waiting += (const for const in code.co_consts if type(const) is CodeType)
    return list(found.values())


def _move(functions, written: set[CodeType]) -> None:
    """Gives each function whose code is among `written` a copy of it. Copies are made one after the other."""
    copies = {}

    def copy(code: CodeType) -> CodeType:
        known = copies.get(id(code))
        if known is None:
            consts = tuple([copy(const) if type(const) is CodeType else const for const in code.co_consts])
            moves = code in written or any(
                new is not old for new, old in zip(consts, code.co_consts, strict=True)
            )
            known = copies[id(code)] = code.replace(co_consts=consts) if moves else code
        return known

    for function in functions:
        code = function.__code__
        moved = copy(code)
        if moved is not code:
            function.__code__ = moved
