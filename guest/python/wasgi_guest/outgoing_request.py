"""The request that a program writes to a connection, read as HTTP/1.1 (RFC 9112), piece by piece."""

import errno
import re

from . import outgoing_names, refusal

_USUAL = {"http": 80, "https": 443}

# More than servers take.
_HEAD_MOST, _LINE_MOST = 256 << 10, 64 << 10
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_LINE = re.compile(rb"(" + _TOKEN + rb") ([!-~\x80-\xff]+) HTTP/1\.([01])")
_FIELD = re.compile(rb"(" + _TOKEN + rb"):[ \t]*(.*?)[ \t]*", re.DOTALL)
_METHOD = re.compile(_TOKEN + rb"( |$)")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;.*)?")
# They belong to the connection, which is the host's; `Host` is the authority.
_OF_CONNECTION = {
    b"connection", b"expect", b"host", b"http2-settings", b"keep-alive", b"proxy-authenticate",
    b"proxy-authorization", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
}  # fmt: skip


def protocol_error(why: str) -> OSError:
    """What a program gets whose bytes are no request that can go out."""
    why = f"of what is written to a connection only HTTP/1.1 passes: {why}"
    return refusal.error(errno.EPROTONOSUPPORT, why)


class Head:
    """Request line and fields."""

    def __init__(self, method: str, target: str, version: int, fields: list[tuple[bytes, bytes]]):
        self.method, self.target, self.version = method, target, version
        self._all = fields
        #: Those that go out.
        self.fields = [field for field in fields if field[0].lower() not in self._hop_by_hop()]

    def _hop_by_hop(self) -> set[bytes]:
        # RFC 9110, section 7.6.1.
        return _OF_CONNECTION.union(option.strip().lower() for option in self._list(b"connection"))

    def _list(self, name: bytes) -> list[bytes]:
        values = [value for field, value in self._all if field.lower() == name]
        return b",".join(values).split(b",") if values else []

    def values(self, name: bytes) -> list[bytes]:
        """What a list field has, in lower case."""
        return [value.strip().lower() for value in self._list(name)]

    def host(self) -> str | None:
        """What `Host` says."""
        found = {value for field, value in self._all if field.lower() == b"host"}
        if len(found) > 1:
            raise protocol_error("several Host fields")
        return found.pop().decode("latin-1") if found else None

    def keeps_alive(self) -> bool:
        options = self.values(b"connection")
        return b"close" not in options and (self.version == 1 or b"keep-alive" in options)

    def body(self):
        """Gives what reads the body; None where there is none."""
        codings = self.values(b"transfer-encoding")
        if codings:
            if codings != [b"chunked"]:
                raise protocol_error("a transfer coding besides chunked")
            return Chunked()
        lengths = set(self.values(b"content-length"))
        if not lengths:
            return None
        length = lengths.pop()
        if lengths or not length.isdigit() or len(length) > 15:
            raise protocol_error("a Content-Length that is no number")
        return Sized(int(length))


class HeadReader:
    """Takes bytes until a head is whole."""

    def __init__(self):
        self._bytes = bytearray()

    def is_empty(self) -> bool:
        return not self._bytes

    def take(self, data: memoryview) -> tuple[int, Head | None]:
        """Gives how many bytes it took, and the head when it is whole."""
        known = max(len(self._bytes) - 3, 0)
        self._bytes += data
        end = self._bytes.find(b"\r\n\r\n", known)
        if end < 0:
            self._check()
            return len(data), None
        taken = len(data) - (len(self._bytes) - end - 4)
        text = bytes(self._bytes[:end])
        self._bytes.clear()
        return taken, _parse(text)

    def _check(self) -> None:
        line, end, _ = bytes(self._bytes[:_LINE_MOST]).lstrip(b"\r\n").partition(b"\r\n")
        if not (_LINE.fullmatch(line) if end else _METHOD.match(line) or not line):
            raise protocol_error("these bytes begin no request")
        if len(self._bytes) > _HEAD_MOST:
            raise protocol_error("a request whose head has no end")


def _parse(text: bytes) -> Head:
    first, *lines = text.lstrip(b"\r\n").split(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        raise protocol_error("a request line as it does not stand in RFC 9112")
    method, target, version = line.groups()
    fields = [_FIELD.fullmatch(each) for each in lines]
    if not all(fields):
        raise protocol_error("a header field that is none")
    return Head(method.decode(), target.decode("latin-1"), int(version), [field.groups() for field in fields])


class Sized:
    """A body of known length."""

    def __init__(self, length: int):
        self._left = length

    def is_whole(self) -> bool:
        return self._left == 0

    def next(self, data: memoryview) -> tuple[int, memoryview]:
        """Gives how many bytes precede the next ones of the body, and those as far as they are here."""
        return 0, data[: self._left]

    def passed(self, count: int) -> None:
        self._left -= count


class Chunked:
    """A body in chunks (RFC 9112, section 7.1)."""

    def __init__(self):
        self._line = bytearray()
        # Of a chunk; None where a line is awaited.
        self._left: int | None = None
        self._is_last = self._is_whole = False

    def is_whole(self) -> bool:
        return self._is_whole

    def next(self, data: memoryview) -> tuple[int, memoryview]:
        at = 0
        while at < len(data) and not self._left and not self._is_whole:
            end = bytes(data[at : at + 4096]).find(b"\n")
            stop = at + end + 1 if end >= 0 else min(at + 4096, len(data))
            self._line += data[at:stop]
            at = stop
            if end >= 0:
                self._take_line()
            elif len(self._line) > 4096:
                raise protocol_error("a chunk's first line has no end")
        return at, data[at : at + (self._left or 0)]

    def _take_line(self) -> None:
        line = bytes(self._line).rstrip(b"\r\n")
        self._line.clear()
        if self._left == 0:
            # Behind a chunk's data.
            self._left = None
            if line:
                raise protocol_error("a chunk that is longer than it says")
        elif self._is_last:
            # Trailers are not sent on.
            self._is_whole = not line
        else:
            size = _SIZE.fullmatch(line)
            if size is None:
                raise protocol_error("a chunk's size is no number")
            self._left = int(size[1], 16) or None
            self._is_last = self._left is None

    def passed(self, count: int) -> None:
        self._left -= count


def authority_of(head: Head, host: str, port: int, scheme: str) -> tuple[str, str]:
    """What a request calls the host that its connection is to; and the same with a port, where it needs one.

    Raises OSError for a request that is for somebody else: wasi:http has one name for whom it connects to and
    whom it asks.
    """
    is_path = head.target.startswith("/") or (head.method, head.target) == ("OPTIONS", "*")
    if head.method == "CONNECT" or not is_path:
        raise protocol_error("requests to proxies do not: which way requests take is the host's affair")
    text = head.host()
    name = host if text is None else _named(text, host, port, scheme)
    if name is None:
        shown = _with_port(host, port, scheme)
        raise protocol_error(
            f"the connection is to {shown}, and Host says {text}, which wasi:http cannot tell"
        )
    return name, _with_port(name, port, scheme)


def _named(text: str, host: str, port: int, scheme: str) -> str | None:
    """The host that `Host` names, where that is whom the connection is to."""
    name, colon, number = text.rpartition(":")
    if not colon or "]" in number:
        name, number = text, ""
    name = outgoing_names.normal(name.strip("[]"))
    is_same = (number or str(_USUAL[scheme])) == str(port) and name in outgoing_names.same(host)
    return name if is_same else None


def _with_port(host: str, port: int, scheme: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port == _USUAL[scheme] else f"{shown}:{port}"
