"""The gateway's own exceptions: for faults of applications and clients, and at loading.

`__module__` hides the gateway's packages from tracebacks: developers know only `wasgi`.
"""


class ProtocolError(AssertionError):
    """The application broke a rule of PEP 3333; the message names the rule.

    An AssertionError, because wsgiref raises that here and middleware expects it.
    """

    __module__ = "wasgi"


class ClientDisconnected(ConnectionError):
    """The client went away. A class of its own distinguishes this from the application's OSErrors."""


class LoadError(Exception):
    """The application cannot be loaded; the message is for the developer and names the cure.

    `findings` are its reasons in a line each, for who reads no tracebacks.
    """

    def __init__(self, message: str, findings: list[str] | None = None):
        super().__init__(message)
        self.findings = findings or [" ".join(message.partition("\n\n")[0].split())]
