"""The response to one request: start_response() and write(), and how much of it is sent."""

from .body import FileWrapper
from .errors import ClientDisconnected, ProtocolError
from .headers import check_exc_info, check_status, encode_headers
from .tracebacks import log_line

_ERROR_BODY = b"Internal Server Error\n"
_MEMORY_BODY = b"The request reached its memory cap.\n"
_BAD_REQUEST_BODY = b"Bad Request\n"

# RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5: these responses have no body.
_BODILESS = (204, 205, 304)


def _plain_text(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]


# The body is a file that the host has been handed (guest/src/locks.h).
_HANDED = (b"wasgi-handed-file", b"1")

# Made at import: when they are needed, there may be no memory to make them.
_ERROR_HEADERS = _plain_text(_ERROR_BODY)
_MEMORY_HEADERS = _plain_text(_MEMORY_BODY)
_BAD_REQUEST_HEADERS = _plain_text(_BAD_REQUEST_BODY)


class Response:
    """PEP 3333's start_response() and write(), the state behind them, and the sending of the app iterable."""

    __slots__ = ("_called", "_errors", "_headers", "_left", "_request", "bodiless", "code", "sent")

    def __init__(self, request, errors):
        self._request = request
        self._errors = errors
        self._headers = None
        # Bytes that may still be sent under the Content-Length; None as long as there is none.
        self._left = None
        # Whether start_response() was called, even if the call was refused.
        self._called = False
        # 0 until a call of start_response() was accepted.
        self.code = 0
        # Whether status and headers are sent, so they cannot change any more.
        self.sent = False
        self.bodiless = request.method == "HEAD"

    def start_response(self, status, headers, exc_info=None):
        """PEP 3333, "The start_response() Callable"."""
        if exc_info:
            try:
                check_exc_info(exc_info)
                if self.sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                # Breaks a reference cycle: the traceback holds this frame.
                exc_info = None
        elif self._called:
            raise ProtocolError("start_response() was called a second time without exc_info")
        self._called = True
        code = check_status(status)
        self._headers, self._left, left_out = encode_headers(headers)
        if left_out:
            self._log(f"header {left_out!r} is left out: the connection belongs to the server")
        self.code = code
        return self.write

    def write(self, data) -> None:
        """PEP 3333, "The write() Callable": when it returns, the data is on its way."""
        self._check_block(data, "write() was given")
        if not self.sent:
            self._send_head()
        if self._send(data):
            raise ProtocolError("write() was called with more bytes than the Content-Length allows")

    def send(self, iterable) -> None:
        """Sends each block of the app iterable before requesting the next ("Buffering and Streaming")."""
        length = _length(iterable)
        if length is None and type(iterable) is FileWrapper and self._hand_over(iterable):
            return
        single = length == 1
        for block in _iterate(iterable):
            self._check_block(block, "the application's iterable gave")
            if not block:
                continue
            if not self.sent:
                self._send_head(len(block) if single else None)
            if self._send(block):
                self._log("the body was cut at its Content-Length")
            if self.complete:
                # "Handling the Content-Length Header": enough has been sent, so stop iterating.
                break
        self._end()

    def _hand_over(self, wrapper: FileWrapper) -> bool:
        """Has the host send a wrapped file. False if it must be read here."""
        has_body = self.code and not self.bodiless and self.code not in _BODILESS
        if not has_body or self.sent or not wrapper.hand_over(self._left):
            return False
        # The host knows the length, and a body of none would contradict one here.
        self._headers = [header for header in self._headers if header[0].lower() != b"content-length"]
        self._headers.append(_HANDED)
        self._left = 0
        self._send_head()
        return True

    def _log(self, text: str) -> None:
        log_line(self._errors, (self._request.method, self._request.target), text)

    @property
    def complete(self) -> bool:
        """Whether the client has the whole announced response."""
        return self.sent and (self.bodiless or self._left == 0)

    def finish(self) -> None:
        """Ends the response in good order."""
        try:
            self._request.finish()
        except OSError as error:
            # A host that counts bytes rejects a response to HEAD: a length, no body (RFC 9110, 9.3.2).
            if not self.bodiless:
                raise ClientDisconnected(str(error)) from error

    def fail(
        self, out_of_memory: bool = False, page: tuple[list[tuple[bytes, bytes]], bytes] | None = None
    ) -> None:
        """Ends the response after an error: with a 500 while possible, later by cutting the body off.

        `page` is the response's headers and body, if it is to be another one than usual.
        """
        try:
            if self.complete:
                self.finish()
            elif self.sent:
                self._request.abort()
            elif out_of_memory:
                self._send_own(500, _MEMORY_HEADERS, _MEMORY_BODY)
            else:
                self._send_own(500, *(page or (_ERROR_HEADERS, _ERROR_BODY)))
        except (OSError, ValueError, RuntimeError, MemoryError):
            # The client is gone or cannot be reached: it sees a response without its end.
            self.abort()

    def give_up(self) -> None:
        """Ends the response to a client that is gone, or that sent a malformed body.

        Such a client may still read: RFC 9112 sections 7.1 and 8 want a 400 for it.
        """
        try:
            if not self.sent:
                self._send_own(400, _BAD_REQUEST_HEADERS, _BAD_REQUEST_BODY)
                return
        except (OSError, ValueError, RuntimeError, MemoryError):
            pass
        self.abort()

    def _send_own(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Sends a complete response of the gateway's own."""
        self._request.start(status, headers)
        if not self.bodiless:
            self._request.write(body)
        self.finish()

    def abort(self) -> None:
        """Ends the response without an error message: cuts it off, if it has begun."""
        try:
            self._request.abort()
        except (OSError, ValueError, RuntimeError, MemoryError):
            # It has ended already.
            pass

    def _check_block(self, block, source: str) -> None:
        if not isinstance(block, bytes):
            raise ProtocolError(f"{source} {type(block).__name__}, not bytes")
        if not self.code:
            raise self._no_head("gave a body before it called")

    def _send_head(self, length: int | None = None) -> None:
        """Sends status and headers; `length` is the whole body's, if the gateway knows it."""
        headers = self._headers
        if self.code in (204, 205):
            # RFC 9110 section 8.6: no length for 204; for 205 there is only one.
            headers = [header for header in headers if header[0].lower() != b"content-length"]
            if self.code == 205:
                headers.append((b"content-length", b"0"))
        elif length is not None and self._left is None and self._may_tell(length):
            headers.append((b"content-length", str(length).encode()))
            self._left = length
        if self.code in _BODILESS:
            self.bodiless = True
        try:
            self._request.start(self.code, headers)
        except OSError as error:
            raise ClientDisconnected(str(error)) from error
        self.sent = True

    def _may_tell(self, length: int) -> bool:
        # Content-Length describes the body of a GET: for HEAD and 304, no body does not mean length 0.
        return self.code != 304 and (length > 0 or not self.bodiless)

    def _send(self, data: bytes) -> bool:
        """Sends as much as the Content-Length allows; returns whether it cut anything."""
        if self.bodiless:
            return False
        left = self._left
        cut = left is not None and len(data) > left
        if cut:
            data = data[:left]
        if left is not None:
            self._left = left - len(data)
        if data:
            try:
                self._request.write(data)
            except OSError as error:
                raise ClientDisconnected(str(error)) from error
        return cut

    def _end(self) -> None:
        if not self.code:
            raise self._no_head("did not call")
        if self._left and not self.bodiless and self.code not in _BODILESS:
            raise ProtocolError(f"the body ended {self._left} bytes before its Content-Length")
        if not self.sent:
            self._send_head(0)

    def _no_head(self, what: str) -> ProtocolError:
        if self._called:
            return ProtocolError("the application went on although its call of start_response() was refused")
        return ProtocolError(f"the application {what} start_response()")


def _length(iterable) -> int | None:
    kind = type(iterable)
    if kind is list or kind is tuple:
        return len(iterable)
    if not hasattr(kind, "__len__"):
        return None
    try:
        return len(iterable)
    except (TypeError, AttributeError, NotImplementedError):
        # A wrapper around an iterable without a length.
        return None


def _iterate(iterable):
    if isinstance(iterable, (bytes, str)):
        kind = type(iterable).__name__
        raise ProtocolError(f"the application returned {kind}; an iterable of bytes is needed: [body]")
    try:
        return iter(iterable)
    except TypeError:
        if hasattr(type(iterable), "__iter__"):
            raise
        kind = type(iterable).__name__
        raise ProtocolError(f"the application returned {kind}; an iterable of bytes is needed") from None
