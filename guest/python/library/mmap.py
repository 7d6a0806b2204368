"""The module `mmap` (docs.python.org/3/library/mmap.html), by reading and writing: WASI maps no files.

A map is a copy in the sandbox's memory. One of a file has what was in it when it was made; what is written to
a shared one reaches the file at flush(), close(), or when the map goes.
"""

import errno
import os
import sys
from operator import index

error = OSError

# Linux's (sys/mman.h), but for pages, which are WebAssembly's.
# fmt: off
ACCESS_COPY, ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE = 3, 0, 1, 2
ALLOCATIONGRANULARITY, MADV_DODUMP, MADV_DOFORK, MADV_DONTDUMP = 65536, 17, 11, 16
MADV_DONTFORK, MADV_DONTNEED, MADV_FREE, MADV_HUGEPAGE = 10, 4, 8, 14
MADV_HWPOISON, MADV_MERGEABLE, MADV_NOHUGEPAGE, MADV_NORMAL = 100, 12, 15, 0
MADV_RANDOM, MADV_REMOVE, MADV_SEQUENTIAL, MADV_UNMERGEABLE = 1, 9, 2, 13
MADV_WILLNEED, MAP_32BIT, MAP_ANON, MAP_ANONYMOUS = 3, 64, 32, 32
MAP_DENYWRITE, MAP_EXECUTABLE, MAP_NORESERVE, MAP_POPULATE = 2048, 4096, 16384, 32768
MAP_PRIVATE, MAP_SHARED, MAP_STACK, PAGESIZE = 2, 1, 131072, 65536
PROT_EXEC, PROT_READ, PROT_WRITE = 4, 1, 2
# fmt: on


class mmap:
    """mmap(fileno, length, flags, prot, access, offset): a sequence of bytes, and a file with a position."""

    def __new__(
        cls,
        fileno,
        length,
        flags=MAP_SHARED,
        prot=PROT_READ | PROT_WRITE,
        access=ACCESS_DEFAULT,
        offset=0,
        *,
        trackfd=True,
    ):
        self = super().__new__(cls)
        self._data = None
        if length < 0 or offset < 0:
            raise OverflowError("memory mapped length and offset must be positive")
        if not ACCESS_DEFAULT <= access <= ACCESS_COPY:
            raise ValueError("mmap invalid access parameter.")
        if access != ACCESS_DEFAULT and (flags != MAP_SHARED or prot != PROT_READ | PROT_WRITE):
            raise ValueError("mmap can't specify both access and flags, prot.")
        self._access, self._is_tracked = access, trackfd
        self._fd = -1 if flags & MAP_ANONYMOUS else fileno
        self._is_writable = access != ACCESS_READ and bool(prot & PROT_WRITE)
        is_shared = access in (ACCESS_DEFAULT, ACCESS_WRITE) and not flags & MAP_PRIVATE
        self._is_kept = self._fd != -1 and self._is_writable and is_shared
        self._offset, self._position = offset, 0
        data = self._read_file(length) if self._fd != -1 else bytearray(length)
        if not data:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        # Its file may be closed from now on.
        self._fd = os.dup(self._fd) if self._fd != -1 else -1
        # What is closed later is the duplicate: without one, there is nothing to close.
        self._data = data
        return self

    def _read_file(self, length) -> bytearray:
        size = os.fstat(self._fd).st_size
        if not length:
            if not size:
                raise ValueError("cannot mmap an empty file")
            if self._offset >= size:
                raise ValueError("mmap offset is greater than file size")
            length = size - self._offset
            if length > sys.maxsize:
                raise ValueError("mmap length is too large")
        elif self._offset + length > size:
            raise ValueError("mmap length is greater than file size")
        if self._is_kept:
            os.pwrite(self._fd, b"", 0)  # Not in a file that is open for reading alone.
        data = bytearray()
        while len(data) < length and (
            part := os.pread(self._fd, length - len(data), self._offset + len(data))
        ):
            data += part
        return data

    def _open(self) -> bytearray:
        if self._data is None:
            raise ValueError("mmap closed or invalid")
        return self._data

    def _writable(self) -> bytearray:
        data = self._open()
        if not self._is_writable:
            raise TypeError("mmap can't modify a readonly memory map.")
        return data

    def __del__(self):
        if self._data is not None:
            self.close()

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, *_):
        self.close()

    def __len__(self):
        return len(self._open())

    def __repr__(self):
        if self._data is None:
            return "<mmap.mmap closed=True>"
        access = ("ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY")[self._access]
        return (
            f"<mmap.mmap closed=False, access={access}, length={len(self)}, pos={self._position}, "
            f"offset={self._offset}>"
        )

    def __getitem__(self, key):
        value = self._open()[self._known(key)]
        self._open()
        return bytes(value) if isinstance(key, slice) else value

    def __setitem__(self, key, value):
        data = self._writable()
        key = self._known(key)
        if isinstance(key, slice):
            if len(value) != len(data[key]):
                raise IndexError("mmap slice assignment is wrong size")
        else:
            data[key]  # Whether it is there counts before what is to be put there.
            value = index(value)
        self._writable()[key] = value

    def _known(self, key):
        """Of numbers alone. What makes them may close the map, which is an error then."""
        if isinstance(key, slice):
            key.indices(len(self))
            parts = (key.start, key.stop, key.step)
            key = slice(*(part if part is None else index(part) for part in parts))
        else:
            key = index(key)
        self._open()
        return key

    def __buffer__(self, flags):
        view = memoryview(self._open())
        return view if self._is_writable else view.toreadonly()

    def __release_buffer__(self, view):
        """Nothing: but numpy keeps a view, and not just an address, of what has this method."""

    def __iter__(self):
        return (bytes([value]) for value in self._open())

    @property
    def closed(self):
        return self._data is None

    def close(self):
        if self._data is not None:
            self.flush()
            try:
                self._data.clear()
            except BufferError:
                raise BufferError("cannot close exported pointers exist") from None
            self._data = None
            if self._fd != -1:
                os.close(self._fd)

    def flush(self, offset=0, size=None, /, **_):
        data = self._open()
        if self._is_kept:
            part = memoryview(data)[offset : None if size is None else offset + size]
            while part:
                written = os.pwrite(self._fd, part, self._offset + offset)
                part, offset = part[written:], offset + written

    def find(self, sub, start=None, end=None, /):
        start, end = self._range(start, end)
        return self._open().find(sub, start, end)

    def rfind(self, sub, start=None, end=None, /):
        start, end = self._range(start, end)
        return self._open().rfind(sub, start, end)

    def _range(self, start, end):
        return self._position if start is None else index(start), None if end is None else index(end)

    def madvise(self, option, start=0, length=None, /):
        start, length = index(start), None if length is None else index(length)
        if not 0 <= start < len(self):
            raise ValueError("madvise start out of bounds")
        if length is not None and length < 0:
            raise ValueError("madvise length invalid")
        if length is not None and start + length > sys.maxsize:
            raise OverflowError("madvise length too large")

    def move(self, dest, src, count, /):
        dest, src, count = index(dest), index(src), index(count)
        data = self._writable()
        if min(dest, src, count) < 0 or max(dest, src) + count > len(data):
            raise ValueError("source, destination, or count out of range")
        data[dest : dest + count] = data[src : src + count]

    def read(self, n=None, /):
        n = None if n is None else index(n)
        data = self._open()
        end = len(data) if n is None or n < 0 else min(self._position + n, len(data))
        found, self._position = bytes(data[self._position : end]), max(end, self._position)
        return found

    def read_byte(self):
        found = self.read(1)
        if not found:
            raise ValueError("read byte out of range")
        return found[0]

    def readline(self):
        end = self._open().find(b"\n", self._position)
        return self.read(None if end < 0 else end + 1 - self._position)

    def resize(self, newsize, /):
        newsize = index(newsize)
        data = self._open()
        if not self._is_tracked:
            raise ValueError("mmap can't resize with trackfd=False.")
        if self._access in (ACCESS_READ, ACCESS_COPY):
            raise TypeError("mmap can't resize a readonly or copy-on-write memory map.")
        if self._is_kept:
            os.ftruncate(self._fd, self._offset + newsize)
        if newsize < len(data):
            del data[newsize:]
        else:
            data.extend(bytes(newsize - len(data)))

    def seek(self, pos, whence=0, /):
        pos = index(pos)
        start = {0: 0, 1: self._position, 2: len(self._open())}.get(whence)
        if start is None:
            raise ValueError("unknown seek type")
        if not 0 <= start + pos <= len(self._open()):
            raise ValueError("seek out of range")
        self._position = start + pos
        return self._position

    def seekable(self):
        return True

    def size(self):
        size = len(self)
        if not self._is_tracked:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return os.fstat(self._fd).st_size if self._fd != -1 else size

    def tell(self):
        self._open()
        return self._position

    def write(self, data, /):
        own, data = self._writable(), bytes(data)
        if self._position + len(data) > len(own):
            raise ValueError("data out of range")
        own[self._position : self._position + len(data)] = data
        self._position += len(data)
        return len(data)

    def write_byte(self, byte, /):
        byte = index(byte)
        self.write(bytes([byte]))
