"""A response of wasi:http, written as HTTP/1.1 (RFC 9112) for the program that reads its connection."""

import sys

# They tell of the connection, which was the host's, or of a framing that was undone.
_OF_CONNECTION = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"transfer-encoding", b"upgrade"}


def _phrase(status: int) -> bytes:
    # Whoever reads it has imported this one.
    http = sys.modules.get("http")
    if http is None or not hasattr(http, "HTTPStatus") or status not in set(http.HTTPStatus):
        return b""
    return http.HTTPStatus(status).phrase.encode()


class Writer:
    """Makes the bytes of one response."""

    def __init__(self, method: str, version: int, keeps_alive: bool):
        self._method, self._version = method, version
        #: The connection goes on behind it.
        self.keeps_alive = keeps_alive
        #: The head is written, and there is a body to come.
        self.has_head, self.has_body = False, True
        self._is_chunked = False
        # Of the body, where its length is known.
        self._left: int | None = None

    def head(self, status: int, fields: list[tuple[bytes, bytes]]) -> bytes:
        self.has_head = True
        lines = [b"HTTP/1.%d %d %s" % (self._version, status, _phrase(status))]
        lines += [name + b": " + value for name, value in fields if name.lower() not in _OF_CONNECTION]
        lines += self._frame(status, [value for name, value in fields if name.lower() == b"content-length"])
        return b"\r\n".join([*lines, b"", b""])

    def _frame(self, status: int, lengths: list[bytes]) -> list[bytes]:
        # RFC 9112, section 6.3.
        if self._method == "HEAD" or status in (204, 304):
            self.has_body = False
        elif lengths and lengths[0].isdigit():
            self._left = int(lengths[0])
            self.has_body = self._left > 0
        elif self._version == 1:
            self._is_chunked = True
            return [b"Transfer-Encoding: chunked", *self._closing()]
        else:
            self.keeps_alive = False
        return self._closing()

    def _closing(self) -> list[bytes]:
        return [] if self.keeps_alive else [b"Connection: close"]

    def piece(self, data: bytes) -> bytes:
        """Bytes of the body; none at all for its end."""
        if self._left is not None:
            self._left -= len(data)
            self.has_body = self._left > 0 and bool(data)
            return data
        self.has_body = bool(data)
        return b"%x\r\n%s\r\n" % (len(data), data) if self._is_chunked else data

    def is_sized(self) -> bool:
        """Its end is known before it comes."""
        return self._left is not None

    def is_short(self) -> bool:
        """The body has ended before it was as long as was said."""
        return bool(self._left) and not self.has_body
