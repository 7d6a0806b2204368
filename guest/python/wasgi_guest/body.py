"""`wsgi.input`: the request body as a buffered stream (PEP 3333, "Input and Error Streams")."""

import io
import os

from .errors import ClientDisconnected

# The most bytes that one read of the host returns.
_PIECE = 65536

# The buffers under readline() and small reads; large reads bypass them. CPython's own allocator serves the
# small one, so it dirties no page of its own.
_BUFFER = 8192
_SMALL_BUFFER = 512


class RequestBody(io.RawIOBase):
    """The request's body as a raw stream that ends after Content-Length bytes, or where the host ends it.

    It reads only when the application does. io.BufferedReader on top adds the reading methods.
    """

    def __init__(self, request, length: int | None):
        self._read = request.read
        self._length = length
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        data = self._next(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        # BytesIO returns its buffer without a copy: under a memory cap, a second copy could be one too many.
        whole = io.BytesIO()
        while data := self._next(_PIECE):
            whole.write(data)
        return whole.getvalue()

    def _next(self, size: int) -> bytes:
        left = self._left
        if left is not None and size > left:
            size = left
        if not size:
            return b""
        try:
            data = self._read(size)
        except OSError as error:
            raise ClientDisconnected(f"reading the request body: {error}") from error
        if left is not None:
            if not data:
                # RFC 9112 section 8: an incomplete body must not pass for a complete one.
                got = self._length - left
                raise ClientDisconnected(f"the request body ended after {got} of {self._length} bytes")
            self._left = left - len(data)
        return data


class UnopenedBody:
    """`wsgi.input` of a request that probably has no body: creates the stream on first use.

    Creating and dropping a buffered stream takes longer than the rest of a small request's environ.
    """

    __slots__ = ("_length", "_request", "_stream")

    def __init__(self, request, length: int | None):
        self._request = request
        self._length = length

    def __getattr__(self, name: str):
        # Python calls this for `_stream` before the stream exists, and for every other attribute of a stream.
        if name != "_stream":
            return getattr(self._stream, name)
        self._stream = stream = io.BufferedReader(RequestBody(self._request, self._length), _SMALL_BUFFER)
        return stream

    # Python looks special methods up in the class, past __getattr__.
    def __iter__(self):
        return iter(self._stream)

    def __next__(self) -> bytes:
        return next(self._stream)

    def __enter__(self):
        return self._stream.__enter__()

    def __exit__(self, *exception) -> None:
        self._stream.__exit__(*exception)


def open_body(request, length: int | None) -> io.BufferedReader | UnopenedBody:
    """Makes the stream for `wsgi.input`; `length` is the request's Content-Length, None without one."""
    if not length:
        return UnopenedBody(request, length)
    return io.BufferedReader(RequestBody(request, length), _BUFFER)


def _nobody(fd: int, start: int, length: int) -> bool:
    return False


# As _wasgi.hand_over(), which the boot puts here.
hand_over = _nobody


class FileWrapper:
    """`wsgi.file_wrapper` (PEP 3333, "Optional Platform-Specific File Handling"): a file as an app iterable.

    A host that can sends an open file of a granted directory itself; others are read in blocks of good size.
    """

    def __init__(self, file, block_size: int = _PIECE):
        self._file = file
        self._block_size = block_size

    def __iter__(self):
        return self

    def __next__(self) -> bytes:
        block = self._file.read(self._block_size)
        if not block:
            raise StopIteration
        return block

    def hand_over(self, length: int | None) -> bool:
        """Hands the host the file from its position on: `length` bytes or all. False: to be read here."""
        file = self._file
        raw = file.raw if type(file) is io.BufferedReader else file
        # A subclass may read something else than its file has.
        if type(raw) is not io.FileIO:
            return False
        try:
            start = file.tell()
            left = os.fstat(raw.fileno()).st_size - start
            length = left if length is None else length
            return 0 < length <= left and hand_over(raw.fileno(), start, length)
        except (OSError, ValueError):
            # It cannot seek, or is closed: reading it tells.
            return False

    def close(self) -> None:
        close = getattr(self._file, "close", None)
        if close is not None:
            close()
