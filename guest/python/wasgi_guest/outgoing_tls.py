"""TLS of HTTP to others is the host's: what `ssl` puts around a connection of outgoing.py sets the scheme.
Over other sockets it is the guest's (network_tls.py).

A context that wraps a socket sees whom it is connected to. One that works over memory, as event loops have
it, does not: its first flight, which OpenSSL makes, arrives at the connection, and that answers with a
greeting that no other peer knows. Between two memories of the sandbox TLS is what it is everywhere.
"""

import os
import ssl
import weakref

from . import outgoing_names
from .network_tls import Delegate, Pumped, trust
from .outgoing_connection import Connection
from .socket_ends import end_of

_TOKEN = 32
# RFC 1035, section 2.3.4.
_NAME = 255
_RECORD = 5

# Drawn by each request that needs it.
_token: list[bytes] = []


class Hello:
    """A client's first flight (RFC 8446, section 5.1), as it arrives at a connection."""

    def __init__(self):
        self._bytes = bytearray()

    def take(self, data: memoryview) -> tuple[int, bool]:
        """Gives how many bytes it took, and whether it is whole."""
        before = len(self._bytes)
        self._bytes += data
        size = _RECORD + int.from_bytes(self._bytes[3:_RECORD], "big")
        if len(self._bytes) < size:
            return len(data), False
        return size - before, True


def greeting(host: str) -> bytes:
    """What a connection answers to it: the host is the one that it is connected to."""
    if not _token:
        _token.append(os.urandom(_TOKEN))
    return _token[0] + host.encode()[:_NAME].ljust(_NAME, b"\0")


class _Passing:
    """In place of OpenSSL's object. The certificate, and how it is all enciphered, only the host knows."""

    session = None
    session_reused = False
    server_side = False

    def __init__(self, context, server_hostname: str | None, host: str):
        if context.verify_mode == ssl.CERT_NONE:
            raise ssl.SSLError(
                ssl.SSL_ERROR_SSL,
                f"the host of the sandbox verifies who {server_hostname or host} is, whatever the context "
                "says (verify=False, CERT_NONE): `wasgi serve --ca-file FILE` adds authorities to trust",
            )
        if server_hostname and outgoing_names.normal(server_hostname) not in outgoing_names.same(host):
            raise ssl.SSLError(
                ssl.SSL_ERROR_SSL, f"the connection is to {host}, and not to {server_hostname}"
            )
        self.context, self.server_hostname = context, server_hostname

    def do_handshake(self):
        pass

    def getpeercert(self, binary_form=False, /):
        # All that is known of it: without one for this name there is no response.
        if binary_form or not self.server_hostname:
            return None
        kind = "DNS" if outgoing_names.is_name(self.server_hostname) else "IP Address"
        return {"subjectAltName": ((kind, self.server_hostname),)}

    def _unknown(self, *_):
        return None

    get_verified_chain = get_unverified_chain = selected_alpn_protocol = cipher = shared_ciphers = _unknown
    compression = version = get_channel_binding = verify_client_post_handshake = _unknown

    def read(self, length, buffer=None, /):
        data = self._receive(
            length if buffer is None else min(length, len(buffer)) if length > 0 else len(buffer)
        )
        if buffer is None:
            return data
        buffer[: len(data)] = data
        return len(data)


class OverSocket(_Passing):
    """Of a connected socket."""

    def __init__(self, context, server_hostname, sock):
        connection = end_of(sock.fileno())
        super().__init__(context, server_hostname, connection.host)
        connection.begin_tls()
        self._socket = weakref.ref(sock)
        self._plain = ssl.socket

    def pending(self):
        return 0

    def write(self, data, /):
        try:
            return self._plain.send(self._socket(), data)
        except BlockingIOError as error:
            raise ssl.SSLWantWriteError(
                ssl.SSL_ERROR_WANT_WRITE, "The operation did not complete (write)"
            ) from error

    def _receive(self, length):
        try:
            return self._plain.recv(self._socket(), length)
        except BlockingIOError as error:
            raise _wants_more() from error

    def shutdown(self):
        return self._socket()


class _OverMemory(_Passing):
    """Of two ends in memory, one of which leads to a connection."""

    def __init__(self, context, server_hostname, host, ends):
        super().__init__(context, server_hostname, host)
        self._incoming, self._outgoing = ends

    def pending(self):
        return self._incoming.pending

    def write(self, data, /):
        return self._outgoing.write(data)

    def _receive(self, length):
        data = self._incoming.read(length)
        if not data and not self._incoming.eof:
            raise _wants_more()
        return data

    def shutdown(self):
        return None


class Undecided(Delegate):
    """Over memory: OpenSSL's object, until the greeting says that the other end is the host."""

    def __init__(self, real, context, server_hostname, ends):
        super().__init__(real, _context=context, _name=server_hostname, _ends=ends)

    def do_handshake(self):
        incoming, _ = self._ends
        if _token and incoming.pending == _TOKEN + _NAME:
            data = incoming.read()
            if data.startswith(_token[0]):
                host = data[_TOKEN:].rstrip(b"\0").decode()
                vars(self)["_real"] = _OverMemory(self._context, self._name, host, self._ends)
                return
            incoming.write(data)
        if incoming.pending:
            trust(self._context)
        self._real.do_handshake()


def _wants_more() -> ssl.SSLError:
    return ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "The operation did not complete (read)")


def install(module) -> None:
    """Called when ssl is imported."""
    native = module._SSLContext

    def _wrap_socket(self, sock, server_side, server_hostname=None, **options):
        end = end_of(sock.fileno())
        if not server_side and isinstance(end, Connection):
            return OverSocket(self, server_hostname, sock)
        if end is None:
            return native._wrap_socket(self, sock, server_side, server_hostname, **options)

        def make(incoming, outgoing):
            return native._wrap_bio(self, incoming, outgoing, server_side, server_hostname, **options)

        return Pumped(self, sock, make)

    def _wrap_bio(self, incoming, outgoing, server_side, server_hostname=None, **options):
        real = native._wrap_bio(self, incoming, outgoing, server_side, server_hostname, **options)
        return real if server_side else Undecided(real, self, server_hostname, (incoming, outgoing))

    def load_default_certs(self, purpose=module.Purpose.SERVER_AUTH):
        self._wants_defaults = True
        loads(self, purpose)

    loads, module.SSLContext.load_default_certs = module.SSLContext.load_default_certs, load_default_certs
    module.SSLContext._wrap_socket, module.SSLContext._wrap_bio = _wrap_socket, _wrap_bio
