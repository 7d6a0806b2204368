"""What the gateway itself finds wrong: with an application, with a client, with what was to be loaded."""


class ProtocolError(AssertionError):
    """The application broke a rule of PEP 3333; the message names the rule.

    An AssertionError because that is what wsgiref raises here, and what middleware therefore expects.
    """


class ClientDisconnected(ConnectionError):
    """The client went away. A class of its own: not to be mistaken for an OSError of the application."""


class LoadError(Exception):
    """The application cannot be loaded; the message is for the developer and names the cure."""
