from collections.abc import Callable
from typing import TypeVar

_F = TypeVar("_F", bound=Callable[[], object])

__all__ = ["RequestEnded", "after_restore", "before_snapshot"]

def before_snapshot(function: _F) -> _F: ...
def after_restore(function: _F) -> _F: ...

class RequestEnded(BaseException):
    reason: str
    def __init__(self, reason: str = "deadline") -> None: ...
