"""The OSError of a call that cannot work in a sandbox."""

import os


def error(number: int, why: str) -> OSError:
    """With what the system says of the number, and why. OSError picks the class that goes with the number."""
    return OSError(number, f"{os.strerror(number)}: {why}")
