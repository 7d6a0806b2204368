"""TLS over sockets of network_stream.py, by the guest's own OpenSSL: it works over memory, and here is what
pumps its bytes through the socket. For `ssl`, this is what OpenSSL's object of a socket is.
"""

import ssl
import weakref
from time import monotonic

from .socket_ends import end_of

# Bytes that are read from the socket, and enciphered, at once.
_PIECE = 1 << 16

_NOTE = (
    "A sandbox has no authorities to verify by: install certifi, or load a file of them: "
    "create_default_context(cafile=...). (docs/reference/network.md)"
)


def trust(context) -> None:
    """Loads what load_default_certs() was called for, from certifi, as a sandbox has no such files."""
    if not getattr(context, "_wants_defaults", False) or context.cert_store_stats()["x509_ca"]:
        return
    try:
        import certifi
    except ImportError:
        return
    context.load_verify_locations(certifi.where())


class Delegate:
    """In front of an object of OpenSSL's, which does all that is not done here."""

    def __init__(self, real, **more):
        vars(self).update(_real=real, **more)

    def __getattr__(self, name):
        return getattr(self._real, name)

    def __setattr__(self, name, value):
        setattr(self._real, name, value)


class Pumped(Delegate):
    """In place of `_ssl._SSLSocket`."""

    def __init__(self, context, sock, make):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        super().__init__(
            make(incoming, outgoing),
            _context=context,
            _socket=weakref.ref(sock),
            _incoming=incoming,
            _outgoing=outgoing,
            # What the socket has not taken yet.
            _unsent=[],
        )

    def do_handshake(self):
        trust(self._context)
        try:
            self._pump(self._real.do_handshake, "handshake")
        except ssl.SSLCertVerificationError as error:
            if not self._context.cert_store_stats()["x509_ca"]:
                error.add_note(_NOTE)
            raise

    def read(self, length, buffer=None, /):
        if buffer is None:
            return self._pump(lambda: self._real.read(length), "read")
        return self._pump(lambda: self._real.read(length, buffer), "read")

    def write(self, data, /):
        view = memoryview(data).cast("B")
        written = 0
        while written < len(view) or not view:
            piece = view[written : written + _PIECE]
            try:
                count = self._pump(lambda piece=piece: self._real.write(piece), "write")
            except ssl.SSLWantWriteError:
                if not written:
                    raise
                break
            written += count
            if not view or self._unsent:
                break
        return written

    def verify_client_post_handshake(self):
        return self._pump(self._real.verify_client_post_handshake, "handshake")

    def shutdown(self):
        self._pump(self._real.shutdown, "shutdown")
        return self._socket()

    def _pump(self, operation, name: str):
        """Does something as OpenSSL would do it on the socket."""
        timeout = self._socket().gettimeout()
        until = None if timeout is None else monotonic() + timeout

        def left() -> float | None:
            if until is None or timeout == 0:
                return timeout
            seconds = until - monotonic()
            if seconds <= 0:
                raise TimeoutError(f"The {name} operation timed out")
            return seconds

        while True:
            self._flush(left)
            wants_more, result = self._once(operation, left)
            if not wants_more:
                # What was taken will be sent, now or before what comes next.
                self._try_flush(left)
                return result
            self._flush(left)
            self._fill(left)

    def _once(self, operation, left) -> tuple:
        """Whether it wants more bytes, which is no context of what is raised for these; and what it gives."""
        try:
            return False, operation()
        except ssl.SSLWantReadError:
            return True, None
        except ssl.SSLError:
            # The other end may want to know why.
            self._try_flush(left)
            raise

    def _fill(self, left) -> None:
        end = end_of(self._socket().fileno())
        if self._incoming.eof:
            raise ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "EOF occurred in violation of protocol")
        try:
            data = end.receive(_PIECE, False, left())
        except BlockingIOError as error:
            text = "The operation did not complete (read)"
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, text) from error
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _flush(self, left) -> None:
        unsent, end = self._unsent, end_of(self._socket().fileno())
        if self._outgoing.pending:
            unsent.append(memoryview(self._outgoing.read()))
        try:
            while unsent:
                unsent[0] = unsent[0][end.send(unsent[0], left()) :]
                if not unsent[0]:
                    del unsent[0]
        except BlockingIOError as error:
            text = "The operation did not complete (write)"
            raise ssl.SSLWantWriteError(ssl.SSL_ERROR_WANT_WRITE, text) from error

    def _try_flush(self, left) -> None:
        try:
            self._flush(left)
        except ssl.SSLWantWriteError:
            pass
        except OSError:
            # Of a connection that is gone, what was read before is still good.
            if self._outgoing.pending or not self._incoming.pending:
                raise
