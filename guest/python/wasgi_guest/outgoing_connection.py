"""A connected socket's end: a peer that speaks HTTP/1.1, as sockets.py has ends."""

import errno
import os
import sys
from time import monotonic

import _wasgi_outgoing

from . import refusal
from .outgoing_request import HeadReader, authority_of, protocol_error
from .outgoing_response import Writer
from .outgoing_wait import wait
from .socket_ends import AnyEnd

# Exchanges at the same time, of those who can wait for room, and of all: each takes up to six of the handles
# that a host lets a sandbox have.
_MOST, _MOST_OF_ALL = 16, 24

# Connections whose requests are on their way, and those whose requests have to wait for that.
_busy: list["Connection"] = []
_queue: list["Connection"] = []


class Connection(AnyEnd):
    """The sandbox's end of a connection, as sockets.py has ends."""

    def __init__(self, host: str, port: int, address: tuple, timeout: float | None):
        super().__init__()
        self.host, self.port = host, port
        self._address = address
        # What requests call the host.
        self._name = host
        self._is_https = False
        self._is_over = False
        # Seconds for the host to connect in: a program sets these before it connects.
        self._connect = timeout if timeout else -1.0
        self._reader = HeadReader()
        # Of TLS over memory, until it is whole.
        self._hello = None
        self._body = self._exchange = self._writer = None
        # A request that waits for room among others.
        self._asked = None
        # Nobody wants what is left of the request's body.
        self._discards = False
        self._failure: OSError | None = None
        # What the program has not read yet.
        self._arrived: list[bytes] = []
        self._is_at_end = False
        self._requests = 0
        # Of the time that reading has, what sending has waited already.
        self._waited = 0.0

    # What sockets.py and polling.py ask of an end.

    def address(self) -> tuple:
        return self._address

    def is_readable(self) -> bool:
        self._advance()
        return bool(self._arrived or self._is_at_end or self._failure or self._is_over)

    def is_writable(self) -> bool:
        if self._asked is not None:
            return False
        if self._exchange is None or self._body is None or self._discards:
            return True
        return self._try(self._exchange.room) != 0

    def watched(self, reads: bool, writes: bool) -> list:
        """The exchange, as _wasgi_outgoing.wait() takes it."""
        exchange = self._exchange
        if exchange is None:
            return []
        wanted = ((False, reads), (True, writes and self._body is not None))
        return [(exchange, each) for each, is_wanted in wanted if is_wanted]

    def shutdown(self, reads: bool, writes: bool) -> None:
        # Requests end by their framing; who only reads on may.
        if reads:
            self._is_over = True
            self._drop()

    def send(self, data, timeout: float | None) -> int:
        """Takes bytes of requests; gives how many."""
        view = memoryview(data).cast("B")
        self._raise_failure()
        if self._is_over or self._is_at_end:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        taken = 0
        while taken < len(view):
            count = self._take(view[taken:], timeout)
            if count is None:
                if taken:
                    break
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            taken += count
        return taken

    def receive(self, size: int, is_peek: bool, timeout: float | None) -> bytes:
        """Gives bytes of responses; none where there will be no more."""
        if not self.is_readable():
            self._await_response(timeout)
        if not self._arrived:
            self._raise_failure()
            return b""
        arrived = self._arrived[0]
        if not is_peek:
            if len(arrived) > size:
                self._arrived[0] = memoryview(arrived)[size:]
            else:
                del self._arrived[0]
        return bytes(arrived[:size])

    # Requests.

    def _take(self, view: memoryview, timeout: float | None) -> int | None:
        """Takes some bytes; None where there is no room for any."""
        if self._hello is not None or self._may_begin_tls(view):
            return self._take_hello(view)
        if self._body is None:
            count, head = self._reader.take(view)
            if head is not None:
                self._begin(head, timeout)
            return count
        before, data = self._body.next(view)
        written = self._write(data, timeout) if data else 0
        if written is None:
            # What precedes the data has been taken.
            return before or None
        if written:
            self._body.passed(written)
        self._end_if_whole(timeout)
        return before + written

    def begin_tls(self) -> None:
        """From now on, requests go by https."""
        self._is_https = True

    def _may_begin_tls(self, view: memoryview) -> bool:
        # Whatever writes this has imported ssl, and with it outgoing_tls.py.
        is_first = not self._requests and not self._is_https and self._reader.is_empty()
        if not (is_first and view[0] == 0x16 and "ssl" in sys.modules):
            return False
        from .outgoing_tls import Hello

        self._hello = Hello()
        return True

    def _take_hello(self, view: memoryview) -> int:
        from .outgoing_tls import greeting

        count, is_whole = self._hello.take(view)
        if is_whole:
            self._hello = None
            self.begin_tls()
            self._arrived.append(greeting(self.host))
        return count

    def _begin(self, head, timeout: float | None) -> None:
        if self._exchange is not None or self._asked is not None:
            raise protocol_error("a request before the last one was answered")
        scheme = "https" if self._is_https else "http"
        self._name, authority = authority_of(head, self.host, self.port, scheme)
        body = head.body()
        has_body = body is not None and not (body.is_whole() and head.method in ("GET", "HEAD"))
        self._writer = Writer(head.method, head.version, head.keeps_alive())
        self._discards, self._waited = False, 0.0
        self._requests += 1
        if b"100-continue" in head.values(b"expect") and has_body:
            self._arrived.append(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._asked = (
            head.method,
            self._is_https,
            authority,
            head.target,
            head.fields,
            has_body,
            self._connect,
        )
        self._body = body if has_body else None
        if timeout == 0:
            _queue.append(self)
            self._open_next()
        elif len(_busy) < _MOST_OF_ALL:
            self._open()
        else:
            # Whoever blocks keeps those from going on that could make room.
            self._asked = None
            raise refusal.error(errno.EMFILE, f"{_MOST_OF_ALL} requests are on their way")
        self._raise_at_once()
        self._end_if_whole(timeout)

    @staticmethod
    def _open_next() -> None:
        """Hands requests that wait to the host, as far as there is room."""
        while _queue and len(_busy) < _MOST:
            _queue.pop(0)._open()

    def _open(self) -> None:
        arguments, self._asked = self._asked, None
        try:
            self._exchange = _wasgi_outgoing.Exchange(*arguments)
        except _wasgi_outgoing.Failure as failure:
            self._fail(*failure.args)
        except ValueError as error:
            self._failure = refusal.error(errno.EINVAL, str(error))
            self._is_told_at_once = True
        else:
            _busy.append(self)
            if self._body is None:
                self._try(self._exchange.finish)

    def _write(self, data: memoryview, timeout: float | None) -> int | None:
        """Gives how many bytes the host took, None where it has no room."""
        while (self._exchange or self._asked) and not self._discards:
            written = self._try(self._exchange.write, data) if self._exchange else 0
            if written is None:
                self._raise_at_once()
            elif written:
                return written
            elif timeout == 0:
                return None
            elif not wait(self.is_writable, lambda: self.watched(False, True), timeout):
                raise TimeoutError("timed out")
        return len(data)

    def _end_if_whole(self, timeout: float | None) -> None:
        if self._body is not None and not self._body.is_whole():
            return
        self._body = None
        if self._exchange is not None and not self._discards:
            self._try(self._exchange.finish)
        if timeout != 0:
            # Natively, to connect has failed by now, and a program that sends is told.
            began = monotonic()
            wait(self.is_readable, lambda: self.watched(True, False), timeout)
            self._waited = monotonic() - began
            self._raise_at_once()

    # Responses.

    def _await_response(self, timeout: float | None) -> None:
        if timeout == 0:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        if not self._requests and self._reader.is_empty():
            raise protocol_error("who connects speaks first")
        if self._exchange is None and self._asked is None and timeout is None:
            raise refusal.error(errno.EDEADLK, "no request was sent that could be answered")
        waited, self._waited = self._waited, 0.0
        left = None if timeout is None else max(timeout - waited, 0.0)
        if not wait(self.is_readable, lambda: self.watched(True, False), left):
            raise TimeoutError("timed out")

    def _advance(self) -> None:
        """Takes what has come, as far as the program has read what came before."""
        while self._exchange is not None and self._failure is None and not self._arrived:
            if not self._try(self._take_piece):
                break

    def _take_piece(self) -> bool:
        """Whether something came."""
        exchange, writer = self._exchange, self._writer
        if not writer.has_head:
            head = exchange.response()
            if head is None:
                return False
            piece = writer.head(*head)
        else:
            data = exchange.read()
            if data is None:
                return False
            piece = writer.piece(data)
        if piece:
            self._arrived.append(piece)
        if not writer.has_body:
            self._end_response()
        return True

    def _end_response(self) -> None:
        writer = self._writer
        if writer.is_short():
            self._fail("HTTP-response-incomplete", "")
            return
        if writer.is_sized():
            # The host sees that it is whole.
            self._exchange.read()
        self._drop()
        self._is_at_end = not writer.keeps_alive

    def _drop(self) -> None:
        exchange, self._exchange = self._exchange, None
        if self._asked is not None:
            self._asked = None
            _queue.remove(self)
        if exchange is not None:
            exchange.close()
            _busy.remove(self)
            self._open_next()

    # Failures.

    def _try(self, function, *arguments):
        """Calls what asks the host; gives None where that fails, and keeps why."""
        try:
            return function(*arguments)
        except _wasgi_outgoing.Failure as failure:
            name, detail = failure.args
        if name == "connection-terminated" and self._body is not None and not self._writer.has_head:
            # Nobody takes the body: a response says why, or what failed first.
            self._discards = True
            wait(self.is_readable, lambda: self.watched(True, False), None)
        else:
            self._fail(name, detail)
        return None

    def _fail(self, name: str, detail: str) -> None:
        from .outgoing_errors import comes_before_the_request, error_of, name_of

        name = name_of(name, detail)
        scheme = "https" if self._is_https else "http"
        self._failure = error_of(name, detail, scheme, self._name, self.port)
        self._is_told_at_once = comes_before_the_request(name)
        self._drop()

    _is_told_at_once = False

    def _raise_at_once(self) -> None:
        if self._is_told_at_once and not self._arrived:
            self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            # Again and again: some libraries read on when they cannot send.
            raise self._failure.with_traceback(None)
