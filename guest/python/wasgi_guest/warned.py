"""Hears the warnings of warm-up requests: Python shows one once for its line, so no later request does."""

import warnings

_PLACES = ("/app/", "site-packages/")
_PYTHONS_OWN = warnings.showwarning


class Warned:
    """A context that notes each warning that the filters let through; `request` says whose it is."""

    def __init__(self, request: str):
        self.notes: list[str] = []
        self._request = request

    def __enter__(self):
        self._shown = warnings.showwarning
        warnings.showwarning = self._heard
        return self

    def __exit__(self, *_):
        # An application that sets a function of its own in the request keeps it.
        if warnings.showwarning == self._heard:
            warnings.showwarning = self._shown

    def _heard(self, message, category, filename, lineno, *more) -> None:
        """Called as `warnings.showwarning`."""
        if self._shown is not _PYTHONS_OWN:
            self._shown(message, category, filename, lineno, *more)
        place = f"{_short(filename)}:{lineno}"
        self.notes.append(
            f"{place} {category.__name__}: {message} ({self._request}, the first request of all)."
        )


def _short(path: str) -> str:
    """The file's path as developers know it."""
    for place in _PLACES:
        _, found, rest = path.partition(place)
        if found:
            return rest
    return path
