"""What the gateway itself finds wrong: with an application, with a client, with what was to be loaded.

`__module__` is what tracebacks show: developers know wasgi, not the packages inside it.
"""


class ProtocolError(AssertionError):
    """The application broke a rule of PEP 3333; the message names the rule.

    An AssertionError because that is what wsgiref raises here, and what middleware therefore expects.
    """

    __module__ = "wasgi"


class ClientDisconnected(ConnectionError):
    """The client went away. A class of its own: not to be mistaken for an OSError of the application."""


class LoadError(Exception):
    """The application cannot be loaded; the message is for the developer and names the cure."""
