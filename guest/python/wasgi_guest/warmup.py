"""Warm-up requests: what the first request imports and builds is in the snapshot, for all."""

from . import reserve
from .gateway import serve
from .rehearsal import request_for


class _Observed:
    """A request whose answer's status is seen."""

    def __init__(self, request):
        self._request = request
        self.status = None

    def __getattr__(self, name):
        return getattr(self._request, name)

    def start(self, status, headers):
        self.status = status
        self._request.start(status, headers)


def warm_up(application, targets: list[str]) -> tuple[list[str], list[str]]:
    """Asks for each target once. Gives those that were answered, and a note on each that failed; why, is in
    the application's log."""
    answered, failed = [], []
    for target in targets:
        request = _Observed(request_for(target))
        serve(application, request)
        if request.status is not None and request.status < 500:
            answered.append(target)
        else:
            reserve.renew()
            failed.append(
                f"the warm-up request GET {target} was answered with {request.status or 'nothing'}."
            )
    return answered, failed
